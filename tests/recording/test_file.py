"""A file that can be read after a crash at any byte, and after whatever else becomes of it."""

import random

import pytest

from convai_panda import ConfigurationError
from convai_panda.recording.file import MAGIC, Damage, Record, pack, unpack

RECORDS = [Record({"kind": "message", "n": n}, bytes(range(n % 256)) * 2) for n in range(12)]
PACKED = [pack(record) for record in RECORDS]
WHOLE = MAGIC + b"".join(PACKED)


def read(data: bytes) -> tuple[list[Record], list[Damage]]:
    found = list(unpack(data))
    return [one for one in found if isinstance(one, Record)], [one for one in found if isinstance(one, Damage)]


def test_what_is_written_is_read() -> None:
    assert read(WHOLE) == (RECORDS, [])


def test_cut_at_any_byte_every_whole_record_is_read() -> None:
    ends, at = [], len(MAGIC)
    for packed in PACKED:
        at += len(packed)
        ends.append(at)
    for size in range(len(MAGIC), len(WHOLE)):
        records, damages = read(WHOLE[:size])
        whole = sum(end <= size for end in ends)
        assert records == RECORDS[:whole]
        is_cut = size not in (len(MAGIC), *ends)
        assert [damage.is_tail for damage in damages] == [True] * is_cut


def test_damage_costs_the_record_that_it_hits_and_no_other() -> None:
    for seed in range(300):
        chance = random.Random(seed)
        at = chance.randrange(len(MAGIC), len(WHOLE))
        spoilt = bytearray(WHOLE)
        spoilt[at] ^= 1 << chance.randrange(8)
        records, damages = read(bytes(spoilt))
        assert len(records) == len(RECORDS) - 1
        assert len(damages) == 1


def test_a_record_that_holds_a_record_is_one_record() -> None:
    inner = Record({"kind": "message"}, pack(Record({"kind": "note"})) * 3)
    assert read(MAGIC + pack(inner)) == ([inner], [])


def test_no_recording_and_a_newer_one_say_what_to_do() -> None:
    for data in (b"", b"RIFF....", MAGIC[:-1]):
        with pytest.raises(ConfigurationError, match="no recording"):
            read(data)
    with pytest.raises(ConfigurationError, match="update convai_panda"):
        read(b"convai-panda recording 2\n")


def test_noise_is_never_more_than_damage() -> None:
    for seed in range(200):
        records, damages = read(MAGIC + random.Random(seed).randbytes(300))
        assert records == []
        assert [damage.size for damage in damages] == [300]
