"""What carries the requests, and what the environment may say about it."""

import asyncio
import re
from pathlib import Path

import httpx
import pytest

from confsync.emulator.emulator import AUTH_TOKEN, Emulator
from confsync.emulator.server import running
from confsync.emulator.transport import EmulatorTransport
from confsync.errors import Unreachable, UsageError
from confsync.secret import Secret
from confsync.twilio.api import Api, create_api
from confsync.twilio.credentials import Credentials
from confsync.twilio.origin import Origin
from confsync.twilio.transport import transport_to
from tests.twilio.certificates import needs_openssl, signed_by_an_authority
from tests.twilio.scripted_api import ACCOUNT_SID, SERVICE, VERBS, api_at, outcome_of, reported
from tests.twilio.scripted_server import Line, Scripted, answer

TWILIO = Origin("https://conversations.twilio.com")
THROUGH_EMULATOR = Credentials(ACCOUNT_SID, ACCOUNT_SID, Secret(AUTH_TOKEN))


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


async def every_verb(api: Api) -> list[object]:
    account = await api.account()
    made = await api.create("/v1/Services", [("FriendlyName", "Support")])
    path = f"/v1/Services/{made['sid']}"
    changed = await api.update(f"{path}/Configuration", [("ReachabilityEnabled", "true")])
    names = [each["friendly_name"] async for page in api.pages("/v1/Services", "services", 1) for each in page]
    await api.delete(path)
    await api.delete(path)
    return [account, changed["reachability_enabled"], names, await outcome_of(api.get(path)), dict(api.requests)]


@pytest.mark.parametrize("in_process", [True, False], ids=["in process", "over a socket"])
def test_the_emulator_can_be_asked_in_process_and_over_a_socket(*, in_process: bool) -> None:
    async def use(base_url: str, transport: httpx.AsyncBaseTransport | None) -> list[object]:
        async with create_api(Origin(base_url), THROUGH_EMULATOR, transport=transport) as api:
            return await every_verb(api)

    with Emulator() as emulator:
        if in_process:
            reported = asyncio.run(use("http://127.0.0.1", EmulatorTransport(emulator)))
        else:
            with running(emulator) as url:
                reported = asyncio.run(use(url, None))
    names = ["Default Conversations Service", "Support"]
    assert reported == [ACCOUNT_SID, True, names, "NotFound", {"reads": 4, "writes": 4}]


@pytest.mark.parametrize(("expected", "granted"), [(0, 1), (1, 1), (8, 8), (128, 128), (129, 128), (1000, 128)])
def test_the_transport_is_good_for_128_requests_at_once(expected: int, granted: int) -> None:
    assert transport_to(Origin("http://127.0.0.1:9"), expected)[1] == granted


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SSL_CERT_FILE", "/nowhere/certificates.pem"),
        ("SSL_CERT_FILE", "/dev/null"),
        ("HTTPS_PROXY", "socks5://user:canary@127.0.0.1:9"),
        ("HTTPS_PROXY", "http://user:canary@127.0.0.1:port"),
        ("HTTPS_PROXY", "http://user:canary@127.0.0.1:65536"),
        ("HTTPS_PROXY", "http://user:canary@127.0.0.1:0"),
        ("HTTPS_PROXY", "http://user:canary@:3128"),
        ("HTTPS_PROXY", "http://"),
        ("HTTPS_PROXY", "http:///canary"),
    ],
)
def test_a_variable_that_cannot_be_used_is_named_and_its_value_is_not(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(UsageError) as caught:
        transport_to(TWILIO, 8)
    assert variable in f"{caught.value}{caught.value.hint}"
    assert "canary" not in f"{caught.value!r}{caught.value.hint}"


@pytest.mark.parametrize("verb", VERBS)
def test_a_proxy_is_asked_for_a_tunnel_and_never_sees_a_signature(verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def use() -> None:
        async with Scripted(answer(407)) as proxy:
            monkeypatch.setenv("HTTPS_PROXY", f"127.0.0.1:{proxy.port}")
            async with api_at(TWILIO.base_url) as api:
                assert await outcome_of(VERBS[verb](api)) == "Unreachable"
                assert api.requests == {"reads": 0, "writes": 0}
            assert proxy.targets == ["CONNECT conversations.twilio.com:443"] * 5
            assert not [each for each in proxy.seen if "authorization" in each.headers]

    asyncio.run(use())


def test_a_proxy_is_asked_for_a_tunnel_with_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    async def use() -> None:
        async with Scripted(answer(407)) as proxy:
            monkeypatch.setenv("HTTPS_PROXY", f"http://user:p%40ss@127.0.0.1:{proxy.port}")
            async with api_at(TWILIO.base_url) as api:
                with pytest.raises(Unreachable, match="the proxy answered with status 407"):
                    await api.account()
            assert {each.headers["proxy-authorization"] for each in proxy.seen} == {"Basic dXNlcjpwQHNz"}

    asyncio.run(use())


async def failure_through(proxy: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    async with api_at(TWILIO.base_url) as api:
        with pytest.raises(Unreachable) as caught:
            await api.get("/v1/Services")
    return f"{caught.value} {caught.value.hint}"


UNKNOWN = "does not exist. Check the network and HTTPS_PROXY."
RUN_AGAIN = "Check the network and HTTPS_PROXY, then run the command again."
REFUSED = f"cannot be reached: All connection attempts failed (5 attempts). {RUN_AGAIN}"
LONG = f"{'a' * 64}.example"


@pytest.mark.parametrize(
    ("proxy", "expected"),
    [
        ("http://user:canary@nowhere.invalid:3128", f"nowhere.invalid:3128 {UNKNOWN}"),
        ("nowhere.invalid", f"nowhere.invalid {UNKNOWN}"),
        ("https://user:canary@nowhere.invalid", f"nowhere.invalid {UNKNOWN}"),
        ("http://user:canary@127.0.0.1:9", f"127.0.0.1:9 {REFUSED}"),
        ("http://user:canary@[::1]:9", f"[::1]:9 {REFUSED}"),
        (f"http://user:canary@{LONG}:9", f"{LONG}:9 cannot be reached: no host can have this name. {RUN_AGAIN}"),
    ],
)
def test_an_error_names_the_proxy_that_cannot_be_reached_and_not_its_password(
    proxy: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert asyncio.run(failure_through(proxy, monkeypatch)) == f"GET /v1/Services: the proxy {expected}"


@needs_openssl
def test_an_error_names_the_proxy_whose_certificate_is_rejected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def use() -> str:
        async with Scripted(answer(200), tls=signed_by_an_authority(tmp_path)) as proxy:
            return await failure_through(f"https://user:canary@127.0.0.1:{proxy.port}", monkeypatch)

    said = asyncio.run(use())
    assert re.search(r": the certificate of the proxy 127\.0\.0\.1:[0-9]+ was rejected: ", said)
    assert "canary" not in said


@needs_openssl
def test_a_certificate_in_ssl_cert_file_is_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def use() -> None:
        async with Scripted(answer(200, SERVICE), tls=context) as server, api_at(server.base_url) as api:
            assert [await outcome_of(use(api)) for use in VERBS.values()] == ["done"] * len(VERBS)
            assert len(server.seen) == len(VERBS)

    context = signed_by_an_authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    asyncio.run(use())


def test_a_header_that_is_not_ascii_is_ignored() -> None:
    async def say(line: Line) -> None:
        await line.say(b"HTTP/1.1 200 OK\r\nX-Odd: \xe9\r\nDate: \xe9\r\nContent-Length: 2\r\n\r\n{}")

    how, server, _, _ = asyncio.run(reported(VERBS["read"], say))
    assert f"{how} {len(server.seen)}" == "done 1"


def test_this_machine_is_never_asked_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    async def use() -> None:
        async with Scripted(answer(500)) as proxy, Scripted(answer(200, {})) as server:
            for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
                monkeypatch.setenv(name, proxy.base_url)
            async with api_at(server.base_url) as api:
                await api.get("/v1/Configuration")
            assert (len(proxy.seen), len(server.seen)) == (0, 1)

    asyncio.run(use())


def test_a_host_in_no_proxy_is_asked_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "socks5://not-even-looked-at")
    monkeypatch.setenv("NO_PROXY", "twilio.com")
    assert transport_to(TWILIO, 8)[1] == 8


def test_connections_are_kept_for_the_next_request() -> None:
    lines: set[int] = set()

    async def note(line: Line) -> None:
        lines.add(id(line))
        await answer(200, {})(line)

    async def use() -> None:
        async with Scripted(note) as server, api_at(server.base_url) as api:
            for _ in range(5):
                await api.get("/v1/Configuration")

    asyncio.run(use())
    assert len(lines) == 1
