"""The fast transport ends every read as the plain one does, and is never used for anything but reads."""

import asyncio
import gzip
import ssl
import subprocess
import sys
from pathlib import Path
from shutil import which

import httpx
import pytest

from confsync.emulator.emulator import ACCOUNT_SID, AUTH_TOKEN, Emulator
from confsync.emulator.server import running
from confsync.errors import Unreachable
from confsync.secret import Secret
from confsync.twilio.api import create_api
from confsync.twilio.credentials import Credentials
from confsync.twilio.exchange import Deadlines
from confsync.twilio.fast_reads import FastReads
from confsync.twilio.origin import Origin
from confsync.twilio.split_transport import SplitTransport
from confsync.twilio.transport import transport_to
from tests.forked_python import start_python
from tests.twilio.scripted_api import VERBS, api_at, outcome_of, reported
from tests.twilio.scripted_server import Line, Scripted, Step, answer, drip, stay_silent
from tests.twilio.still_clock import StillClock
from tests.twilio.test_faults import ALWAYS, GOOD, ONCE, full_backlog, self_signed, unused_port
from tests.twilio.test_transport import TWILIO

needs_openssl = pytest.mark.skipif(which("openssl") is None, reason="a certificate is made with the openssl command")


@pytest.fixture(autouse=True)
def without_proxy_or_certificates(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def fast_reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The targets that the fast transport was asked to read."""
    asked: list[str] = []
    send = FastReads.handle_async_request

    async def note(transport: FastReads, request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return await send(transport, request)

    monkeypatch.setattr(FastReads, "handle_async_request", note)
    return asked


def reads(table: dict[str, tuple[Step, str, str, str, str]]) -> list[object]:
    return [pytest.param(step, expected, id=fault) for fault, (step, expected, *_) in table.items()]


@pytest.mark.parametrize(("step", "expected"), reads(ONCE))
def test_a_fault_that_happens_once_costs_exactly_so_many_reads(
    step: Step, expected: str, fast_reads: list[str]
) -> None:
    how, server, _, _ = asyncio.run(reported(VERBS["read"], step, GOOD))
    assert f"{how} {len(server.seen)}" == expected
    assert len(fast_reads) == len(server.seen)


@pytest.mark.parametrize(("step", "expected"), reads(ALWAYS))
def test_a_fault_that_stays_ends_after_five_reads_at_most(step: Step, expected: str) -> None:
    how, server, _, clock = asyncio.run(reported(VERBS["read"], step))
    assert f"{how} {len(server.seen)}" == expected
    assert len(clock.slept) == len(server.seen) - 1


@pytest.mark.parametrize("step", [stay_silent, drip], ids=["silence", "a byte now and then"])
def test_a_read_ends_at_its_deadline(step: Step, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Deadlines, "within", lambda total: Deadlines(connect=60, total=total))
    how, server, _, _ = asyncio.run(reported(VERBS["read"], step, timeout=0.25))
    assert f"{how} {len(server.seen)}" == "Unreachable 5"


@pytest.mark.parametrize(
    "body", [b" " * (8 * 1024 * 1024 + 1), gzip.compress(b" " * (9 * 1024 * 1024))], ids=["plain", "gzip bomb"]
)
def test_a_body_of_more_than_8_mib_is_not_read(body: bytes) -> None:
    packed = {"Content_Encoding": "gzip"} if body.startswith(b"\x1f\x8b") else {}
    how, _, _, _ = asyncio.run(reported(VERBS["read"], answer(200, body, **packed)))
    assert how == "MalformedResponse"


def test_a_header_that_is_not_ascii_is_ignored() -> None:
    async def say(line: Line) -> None:
        await line.say(b"HTTP/1.1 200 OK\r\nX-Odd: \xe9\r\nDate: \xe9\r\nContent-Length: 2\r\n\r\n{}")

    how, server, _, _ = asyncio.run(reported(VERBS["read"], say))
    assert f"{how} {len(server.seen)}" == "done 1"


def test_a_refused_connection_is_tried_five_times_and_nothing_counts_as_sent() -> None:
    async def use() -> None:
        clock = StillClock()
        async with api_at(f"http://127.0.0.1:{unused_port()}", clock) as api:
            with pytest.raises(Unreachable, match=r"All connection attempts failed \(5 attempts\)"):
                await VERBS["read"](api)
            assert api.requests == {"reads": 0, "writes": 0}
            assert len(clock.slept) == 4

    asyncio.run(use())


def test_a_connection_that_is_never_established_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    async def use() -> None:
        with full_backlog() as port:
            async with api_at(f"http://127.0.0.1:{port}", timeout=1) as api:
                assert await outcome_of(VERBS["read"](api)) == "Unreachable"
                assert api.requests == {"reads": 0, "writes": 0}

    monkeypatch.setattr("confsync.twilio.exchange.CONNECT_SECONDS", 0.1)
    asyncio.run(use())


@needs_openssl
def test_an_untrusted_certificate_ends_a_read_at_once(tmp_path: Path) -> None:
    async def use() -> None:
        clock = StillClock()
        async with Scripted(GOOD, tls=self_signed(tmp_path)) as server, api_at(server.base_url, clock) as api:
            with pytest.raises(Unreachable, match=r"certificate of 127\.0\.0\.1:[0-9]+ was rejected: self-signed"):
                await VERBS["read"](api)
            assert (server.seen, clock.slept) == ([], [])

    asyncio.run(use())


@needs_openssl
def test_a_certificate_in_ssl_cert_file_is_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fast_reads: list[str]
) -> None:
    async def use() -> None:
        async with Scripted(GOOD, tls=context) as server, api_at(server.base_url) as api:
            await VERBS["read"](api)
            assert len(server.seen) == 1

    context = signed_by_an_authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    asyncio.run(use())
    assert len(fast_reads) == 1


def test_a_proxy_is_asked_for_a_tunnel_with_its_password(
    monkeypatch: pytest.MonkeyPatch, fast_reads: list[str]
) -> None:
    async def use() -> None:
        async with Scripted(answer(407)) as proxy:
            monkeypatch.setenv("HTTPS_PROXY", f"http://user:p%40ss@127.0.0.1:{proxy.port}")
            async with api_at(TWILIO.base_url) as api:
                assert await outcome_of(VERBS["read"](api)) == "Unreachable"
                assert api.requests == {"reads": 0, "writes": 0}
            assert set(proxy.targets) == {"CONNECT conversations.twilio.com:443"}
            assert {each.headers["proxy-authorization"] for each in proxy.seen} == {"Basic dXNlcjpwQHNz"}
            assert not [each for each in proxy.seen if "authorization" in each.headers]

    asyncio.run(use())
    assert fast_reads


@pytest.mark.parametrize("verb", [each for each in VERBS if each != "read"])
def test_a_write_never_goes_over_the_fast_transport(verb: str, fast_reads: list[str]) -> None:
    how, _, _, _ = asyncio.run(reported(VERBS[verb], GOOD))
    assert (how, fast_reads) == ("done", [])


def test_a_forked_process_reads_over_the_plain_transport(tmp_path: Path) -> None:
    with Emulator() as emulator, running(emulator) as url:
        asyncio.run(read_account(url))  # pyreqwest is in use before the process is forked
        script = f"""
import asyncio
from tests.twilio.test_fast_reads import read_account

print(asyncio.run(read_account({url!r})))
"""
        process = start_python(["-c", script], tmp_path)
        assert process.communicate(timeout=30) == (f"{ACCOUNT_SID}\n", "")


async def read_account(url: str) -> str:
    async with create_api(Origin(url), Credentials(ACCOUNT_SID, ACCOUNT_SID, Secret(AUTH_TOKEN))) as api:
        return await api.account()


def test_without_the_extra_everything_goes_over_the_plain_transport(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(transport_to(TWILIO, 8)[0], SplitTransport)
    monkeypatch.setitem(sys.modules, "pyreqwest", None)
    assert not isinstance(transport_to(TWILIO, 8)[0], SplitTransport)


def signed_by_an_authority(folder: Path) -> ssl.SSLContext:
    """Make an authority, and the certificate of a server that it signs."""
    authority, key, server = folder / "authority.pem", folder / "key.pem", folder / "server.pem"
    name = ("-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout")
    extension = folder / "extension"
    extension.write_text("subjectAltName=IP:127.0.0.1\n", encoding="utf-8")
    for command in (
        ("req", "-x509", *name, key, "-out", authority, "-subj", "/CN=Authority"),
        ("req", *name, folder / "server.key", "-out", folder / "request.pem", "-subj", "/CN=127.0.0.1"),
        (
            *("x509", "-req", "-in", folder / "request.pem", "-CA", authority, "-CAkey", key, "-CAcreateserial"),
            *("-days", "2", "-extfile", extension, "-out", server),
        ),
    ):
        subprocess.run(("openssl", *command), check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server, folder / "server.key")
    return context
