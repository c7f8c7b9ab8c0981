"""Every way in which a call can go wrong: the right error, words that help, and no key in them."""

import asyncio
from collections.abc import Iterator

import pytest

from convai_panda import CloudTransport, ConnectError, ServiceUnavailable
from convai_panda.protocol.connect import ConnectRequest
from tests.hostile_service import CASES, KEY, PATIENCE, Hostile, hostile

CHARACTER = "0f4c9a52-6a1d-4a55-9f0e-5d2f3c1b0001"


@pytest.fixture(scope="module")
def service() -> Iterator[Hostile]:
    with hostile() as service:
        yield service


@pytest.fixture(autouse=True)
def _direct(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


async def refusal(transport: CloudTransport) -> ConnectError:
    """What a call comes to; nothing in it, or in what it came from, may hold a secret."""
    try:
        with pytest.raises(ConnectError) as caught:
            await transport.connect(ConnectRequest.build(character_id=CHARACTER))
    finally:
        await transport.aclose()
    error: BaseException | None = caught.value
    while error is not None:
        assert "nobody-may-see" not in f"{error} {error!r} {vars(error)} {error.args}"
        error = error.__cause__ or error.__context__
    return caught.value


def test_each_wrong_answer_is_an_error_that_says_what_to_do(service: Hostile) -> None:
    async def ask_all() -> list[ConnectError]:
        return await asyncio.gather(*(refusal(service.transport(name)) for name in CASES))

    for (name, case), error in zip(CASES.items(), asyncio.run(ask_all()), strict=True):
        assert type(error) is case.kind, f"{name}: {error!r}"
        assert case.words in str(error), name


def ask(url: str) -> ConnectError:
    return asyncio.run(refusal(CloudTransport(url=url, api_key=KEY, timeout=PATIENCE)))


def test_a_certificate_that_nobody_vouches_for(service: Hostile) -> None:
    error = ask(f"https://127.0.0.1:{service.tls_port}")
    assert type(error) is ServiceUnavailable
    assert "certificate" in str(error)
    assert "clock" in str(error)


def test_a_service_that_does_not_encrypt(service: Hostile) -> None:
    assert "does not encrypt" in str(ask(f"https://127.0.0.1:{service.port}"))


def test_nobody_and_no_such_name(service: Hostile) -> None:
    assert "cannot be reached" in str(ask(f"http://127.0.0.1:{service.closed_port}"))
    assert "no-such-host.invalid is not known" in str(ask("https://no-such-host.invalid/x"))


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "ALL_PROXY"])
def test_a_proxy_that_is_away_and_one_that_refuses(
    service: Hostile, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, f"http://ana:{KEY}@127.0.0.1:{service.closed_port}")
    error = ask("https://live.convai.example")
    assert type(error) is ServiceUnavailable
    assert f"The proxy 127.0.0.1:{service.closed_port} cannot be reached" in str(error)
    monkeypatch.setenv(variable, f"http://127.0.0.1:{service.port}")
    error = ask("https://live.convai.example")
    assert type(error) is ServiceUnavailable
    assert f"The proxy 127.0.0.1:{service.port} does not let the call" in str(error)


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("ALL_PROXY", "socks5://127.0.0.1:9", "httpx[socks]"),
        ("HTTPS_PROXY", "ftp://127.0.0.1:9", "http://host:port"),
        ("HTTPS_PROXY", "http://[::", "http://host:port"),
        ("SSL_CERT_FILE", "/no/such/file.pem", "SSL_CERT_FILE"),
    ],
)
def test_settings_of_the_machine_that_allow_no_call(
    variable: str, value: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    error = ask("https://live.convai.example")
    assert type(error) is ConnectError  # trying again cannot help
    assert words in str(error)
