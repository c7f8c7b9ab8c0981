"""Real speech, by the programs that are installed here: heard, seen on a face, and given up where it goes wrong."""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from direct.showbase.ShowBase import ShowBase

from convai_panda import ConfigurationError, Convai, SilentVoice, Speaker, SpeechFinished
from convai_panda.protocol.client import ClientReady, UserTextMessage
from convai_panda.protocol.connect import ConnectRequest
from convai_panda.protocol.server import VISEMES
from convai_panda.simulator import Behaviour, Simulator
from convai_panda.simulator.clip import Clip
from convai_panda.simulator.programs import SpeechProgram, find_synthesizer
from convai_panda.simulator.score import Voice
from convai_panda.simulator.synthesis import Babble, Spoken, Synthesizer
from convai_panda.testing import step_until
from convai_panda.transport.base import AudioArrived, MessageArrived

from .stage import CHARACTER, Heard, need_program, read

HIGH = replace(Voice.of("a"), pitch=200.0)
LOW = replace(Voice.of("b"), pitch=95.0)


def play(scene: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(20):
            await scene()

    asyncio.run(bounded())


async def speak(synthesizer: Synthesizer, text: str, voice: Voice = HIGH) -> Spoken:
    synthesizer.prepare(text, voice)
    while (spoken := synthesizer.take(text, voice)) is None:  # noqa: ASYNC110 - a turn looks again, too
        await asyncio.sleep(0.005)
    return spoken


def sound(spoken: Spoken) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    return np.frombuffer(spoken.read(0, spoken.samples), "<i2") / 32768.0


@pytest.fixture(params=["espeak-ng", "flite"])
def program(request: pytest.FixtureRequest) -> str:
    name = str(request.param)
    need_program(name)
    return name


def test_a_sentence_is_heard_at_speaking_level_and_two_voices_differ(program: str) -> None:
    async def scene() -> None:
        synthesizer = find_synthesizer(program)
        for voice in (HIGH, LOW):
            spoken = await speak(synthesizer, "Good evening, and welcome to our village.", voice)
            assert isinstance(spoken, Clip)
            assert 1.0 < spoken.samples / 48_000 < 6.0
            level = 20 * np.log10(np.sqrt(np.mean(sound(spoken) ** 2)))
            assert level == pytest.approx(-20.0, abs=1.5)
        high, low = [
            await speak(synthesizer, "Good evening, and welcome to our village.", each) for each in (HIGH, LOW)
        ]
        assert sound(high)[:4800].tolist() != sound(low)[:4800].tolist()
        await synthesizer.aclose()

    play(scene)


def test_lips_meet_for_m_and_the_mouth_opens_for_a(program: str) -> None:
    async def scene() -> None:
        synthesizer = find_synthesizer(program)
        spoken = await speak(synthesizer, "Mama, papa.")
        times = np.arange(0.0, spoken.samples / 48_000, 0.01)
        shapes = np.array(spoken.weights_at(times.tolist()))
        strongest = [VISEMES[number] for number in shapes.argmax(axis=1)]
        order = [name for name, before in zip(strongest, ["", *strongest], strict=False) if name != before]
        bare = [name for name in order if name != "sil"]
        assert [name for name in bare if name == "pp"] == ["pp"] * 4  # m, m, p, p
        assert bare[0] == "pp"
        assert bare[-1] in ("aa", "e", "oh")
        # A closed mouth between two vowels is quieter than an open one.
        loud = np.abs(sound(spoken))[: len(times) * 480]
        loud = loud[: len(loud) // 480 * 480].reshape(-1, 480).max(axis=1)
        count = min(len(loud), len(strongest))
        opened = np.isin(strongest[:count], ["aa", "e", "oh"])
        closed = np.isin(strongest[:count], ["pp", "sil"])
        assert loud[:count][opened].mean() > 1.5 * loud[:count][closed].mean()
        await synthesizer.aclose()

    play(scene)


@pytest.mark.parametrize(
    "text", ["-h", "--version; ls", "[[h@l'oU]] there", "a\x00b\x1bc", '"No," he said.', "$(reboot)", "Grüße, Ολα!"]
)
def test_whatever_a_player_has_a_character_repeat_is_spoken_and_does_nothing_else(program: str, text: str) -> None:
    async def scene() -> None:
        synthesizer = find_synthesizer(program)
        spoken = await speak(synthesizer, text)
        assert spoken.samples > 2_400
        assert spoken.text == text
        await synthesizer.aclose()

    play(scene)


def test_a_character_speaks_with_it_over_the_whole_line(program: str) -> None:
    async def scene() -> None:
        simulator = Simulator(latency=0.01, voice=program)
        request = ConnectRequest.build(
            character_id=CHARACTER, blendshape_provider="neurosync", blendshape_config={"format": "visemes"}
        )
        room = await simulator.join(await simulator.connect(request))
        await room.send(ClientReady().encode())
        heard: list[Heard] = []
        pcm = b""
        async for item in room.incoming():
            if isinstance(item, AudioArrived):
                pcm += item.frame.pcm
            elif isinstance(item, MessageArrived):
                heard.append(read(item.payload))
                if heard[-1].name == "bot-ready":
                    await room.send(UserTextMessage(text="hello").encode())
                if heard[-1].name == "bot-turn-completed":
                    break
        names = [each.name for each in heard]
        assert (
            names.index("bot-tts-started") < names.index("bot-started-speaking") < names.index("bot-stopped-speaking")
        )
        assert len(pcm) > 48_000
        shapes = [each.data["visemes"] for each in heard if each.name == "visemes"]
        assert len({max(shape, key=shape.get) for shape in shapes}) >= 4
        # What is heard is the program's, not the babble's.
        text = "".join(each.data["text"] for each in heard if each.name == "bot-llm-text")
        from convai_panda.simulator.characters import stranger
        from convai_panda.simulator.voice import sentences

        first = await speak(find_synthesizer(program), sentences(text)[0], stranger(CHARACTER).voice)
        length = min(first.samples, len(pcm) // 2, 24_000)
        assert pcm[: 2 * length] == first.read(0, length)
        await room.aclose()
        await simulator.aclose()

    play(scene)


def test_a_game_hears_it_and_leaves_in_mid_sentence_without_a_trace(program: str, base: ShowBase) -> None:
    player = base.render.attach_new_node("player")
    convai = Convai(base, transport=Simulator(voice=program), voice=SilentVoice(), listener=player)
    node = base.render.attach_new_node("guard")
    node.set_y(2.0)
    guard = convai.add_character(CHARACTER, node, name="Guard")
    finished: list[object] = []
    base.accept(SpeechFinished.name, lambda *about: finished.append(about))
    step_until(base, lambda: finished, within=20.0, what="a whole greeting")
    guard.say("Tell me about the weather on the hill. And about the mill. And then about the sea.")
    step_until(base, lambda: guard.transcript[-1].speaker is Speaker.PLAYER, within=5.0)
    convai.destroy()  # while the program is at it, or about to be
    base.ignore_all()


def test_a_closed_voice_leaves_no_program_behind(tmp_path: Path) -> None:
    endless = tmp_path / "espeak-ng"
    endless.write_text(f"#!/bin/sh\necho $$ >> {tmp_path}/pids\nexec sleep 600\n")
    endless.chmod(0o755)

    async def scene() -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PATH", str(tmp_path) + os.pathsep + os.environ["PATH"])
            synthesizer = find_synthesizer("espeak-ng")
        synthesizer.prepare("Hello.", HIGH)
        while len(pids := (tmp_path / "pids").read_text().split() if (tmp_path / "pids").exists() else []) < 1:
            assert synthesizer.take("Hello.", HIGH) is None
            await asyncio.sleep(0.01)
        await synthesizer.aclose()
        for pid in pids:
            with pytest.raises(ProcessLookupError):
                os.kill(int(pid), 0)

    play(scene)


def test_what_a_program_cannot_say_is_babble(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folders = [tmp_path / f"broken-{number}" for number in range(4)]
    scripts = ("exit 3", "echo nonsense", "head -c 100 /dev/zero", "exit 0")
    for broken, script in zip(folders, scripts, strict=True):
        broken.mkdir()
        (broken / "flite").write_text(f"#!/bin/sh\n{script}\n")
        (broken / "flite").chmod(0o755)

    async def scene() -> None:
        for folder in folders:
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("PATH", str(folder) + os.pathsep + os.environ["PATH"])
                synthesizer = find_synthesizer("flite")
            assert isinstance(synthesizer, SpeechProgram)
            spoken = await speak(synthesizer, "Hello there.")
            assert not isinstance(spoken, Clip)
            assert spoken.samples > 4_800

    with caplog.at_level(logging.WARNING, logger="convai_panda"):
        play(scene)
    assert len(caplog.records) == 4
    assert all("Hello" not in record.getMessage() for record in caplog.records)


def test_a_missing_program_is_babble_and_says_so(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch, caplog.at_level(logging.WARNING, logger="convai_panda"):
        patch.setenv("PATH", str(tmp_path))
        assert isinstance(find_synthesizer("espeak-ng"), Babble)
    assert "apt install espeak-ng" in caplog.text


def test_two_behaviours_that_babble_are_equal() -> None:
    assert Behaviour() == Behaviour()


@pytest.mark.parametrize("name", ["", "espeak", "Babble", "/bin/sh"])
def test_a_voice_that_there_is_not_is_refused(name: str) -> None:
    with pytest.raises(ConfigurationError, match="babble, espeak-ng, flite"):
        Simulator(voice=name)
