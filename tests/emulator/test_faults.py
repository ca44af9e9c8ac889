"""Injected faults: what a client notices, and what becomes of the request, over a network and in process."""

import asyncio
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from confsync.emulator.emulator import ACCOUNT_SID, AUTH_TOKEN, Emulator
from confsync.emulator.faults.fault import (
    ALLOWED_PHASES,
    Close,
    Drip,
    Effect,
    Fault,
    Hang,
    Kill,
    NextPage,
    OtherRequest,
    Phase,
    Reset,
    Respond,
    Send,
    parse_faults,
    path_matches,
    read_faults,
)
from confsync.emulator.faults.layer import CONTROL_PATH, FaultLayer
from confsync.emulator.server import running
from confsync.emulator.transport import EmulatorTransport
from confsync.errors import LocalFileError, UsageError
from tests.emulator.client import Client

AUTH = httpx.BasicAuth(ACCOUNT_SID, AUTH_TOKEN)
CREATED = frozenset({Phase.AFTER_COMMIT, Phase.MID_HEADERS, Phase.MID_BODY, Phase.AFTER_RESPONSE})
FORMS = {"GET": None, "POST": {"FriendlyName": "shop"}}
DISCONNECTS: tuple[Effect, ...] = (Reset(), Close(), Hang(60))

Sent = Callable[[FaultLayer, str, str], str]
"""Sends a request through a fault layer, and returns the status and the body, or the name of the exception."""


def over_network(layer: FaultLayer, method: str, path: str) -> str:
    with running(layer) as url, httpx.Client(base_url=url, auth=AUTH, timeout=60.0) as client:
        return outcome_of(lambda: client.request(method, path, data=FORMS[method]))


def impatiently(layer: FaultLayer, method: str, path: str) -> str:
    """Send over a network, and wait for a response no longer than a moment."""
    timeout = httpx.Timeout(60.0, read=0.3)
    with running(layer) as url, httpx.Client(base_url=url, auth=AUTH, timeout=timeout) as client:
        return outcome_of(lambda: client.request(method, path, data=FORMS[method]))


def in_process(layer: FaultLayer, method: str, path: str) -> str:
    async def send() -> httpx.Response:
        transport = EmulatorTransport(layer)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", auth=AUTH) as client:
            return await client.request(method, path, data=FORMS[method])

    return outcome_of(lambda: asyncio.run(send()))


def outcome_of(send: Callable[[], httpx.Response]) -> str:
    try:
        return str(send().status_code)
    except httpx.TransportError as error:
        return type(error).__name__


@pytest.mark.parametrize("effect", DISCONNECTS, ids=lambda effect: type(effect).__name__)
@pytest.mark.parametrize("phase", Phase)
def test_a_broken_connection_looks_the_same_over_a_network_and_in_process(phase: Phase, effect: Effect) -> None:
    seen = []
    waits = isinstance(effect, Hang) and phase is not Phase.AFTER_RESPONSE
    for sent in (impatiently if waits else over_network, in_process):
        with Emulator() as emulator:
            layer = FaultLayer(emulator, [Fault(phase=phase, effect=effect)], schedule=lambda _, function: function())
            seen.append(sent(layer, "POST", "/v1/Services"))
            created = "shop" in service_names(emulator)
            assert created == (phase in CREATED or phase is Phase.LATE_COMMIT)
    if phase is Phase.AFTER_RESPONSE:
        assert seen == ["201", "201"]
    elif waits:
        assert seen == ["ReadTimeout", "ReadTimeout"]
    else:
        assert set(seen) <= {"ReadError", "RemoteProtocolError", "WriteError"}


def service_names(emulator: Emulator) -> list[str]:
    return [each["friendly_name"] for each in Client(emulator).get("/Services").body["services"]]


@pytest.mark.parametrize("sent", [over_network, in_process])
@pytest.mark.parametrize("phase", [Phase.BEFORE_COMMIT, Phase.AFTER_COMMIT])
def test_a_response_can_replace_the_true_one_before_and_after_the_commit(
    emulator: Emulator, sent: Sent, phase: Phase
) -> None:
    layer = FaultLayer(emulator, [Fault(phase=phase, effect=Respond(status=503))])
    assert sent(layer, "POST", "/v1/Services") == "503"
    assert ("shop" in service_names(emulator)) == (phase is Phase.AFTER_COMMIT)
    assert sent(layer, "POST", "/v1/Services") == "201"


def test_a_response_has_the_status_code_headers_and_body_that_it_is_given(emulator: Emulator) -> None:
    effects = [
        Respond(status=429, code=20429, headers={"Retry-After": "3"}),
        Respond(status=502, body="<html>Bad gateway</html>"),
        Respond(status=200, body=["a", "list"]),
    ]
    layer = FaultLayer(emulator, [Fault(phase=Phase.BEFORE_COMMIT, effect=effect) for effect in effects])
    with running(layer) as url, httpx.Client(base_url=url, auth=AUTH) as client:
        limited, html, array, true = (client.get("/v1/Services") for _ in range(4))
    assert (limited.status_code, limited.json()["code"], limited.headers["Retry-After"]) == (429, 20429, "3")
    assert (html.headers["Content-Type"], html.text) == ("text/html", "<html>Bad gateway</html>")
    assert array.json() == ["a", "list"]
    assert true.json()["services"]


def test_a_slow_response_arrives_byte_by_byte(emulator: Emulator) -> None:
    layer = FaultLayer(emulator, [Fault(phase=Phase.AFTER_COMMIT, effect=Drip(2000))])
    with running(layer) as url, httpx.Client(base_url=url, auth=AUTH) as client:
        start = time.monotonic()
        assert client.get("/v1/Configuration").json()["account_sid"] == ACCOUNT_SID
        assert time.monotonic() - start > 0.1


def test_a_client_that_gives_up_ends_a_slow_response(emulator: Emulator) -> None:
    layer = FaultLayer(emulator, [Fault(phase=Phase.AFTER_COMMIT, effect=Drip(1))])
    assert impatiently(layer, "GET", "/v1/Services") == "ReadTimeout"
    assert in_process(FaultLayer(emulator, [layer.struck[0][1]]), "GET", "/v1/Services") == "ReadTimeout"


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        ("itself", "http://127.0.0.1/v1/Services?PageSize=50&Page=0"),
        ("elsewhere", "https://conversations.example.com/v1/Services?Page=1"),
        ("nonsense", "nonsense"),
    ],
)
def test_the_link_to_the_next_page_can_lead_astray(emulator: Emulator, to: str, expected: str) -> None:
    layer = FaultLayer(emulator, [Fault(phase=Phase.AFTER_COMMIT, effect=NextPage(to))])
    found = Client(layer).get("/Services").body["meta"]["next_page_url"]
    assert found.replace("https://conversations.twilio.com", "http://127.0.0.1") == expected


def test_others_can_change_the_account_before_and_after_a_request(emulator: Emulator) -> None:
    client = Client(emulator)
    sid = client.made("/Services", {"FriendlyName": "shop"})
    role = client.made(
        f"/Services/{sid}/Roles", {"FriendlyName": "bot", "Type": "service", "Permission": "addParticipant"}
    )
    other = OtherRequest("POST", "/v1/Services/" + sid + "/Roles/{sid}", {"Permission": ("joinConversation",)})
    path = f"/Services/{sid}/Roles/{role}"
    for phase, seen in ((Phase.AFTER_COMMIT, ["addParticipant"]), (Phase.BEFORE_COMMIT, ["joinConversation"])):
        layer = FaultLayer(emulator, [Fault(phase=phase, effect=Send((other,)), method="GET", path="/v1/**/Roles/*")])
        assert Client(layer).get(path).body["permissions"] == seen
        assert client.get(path).body["permissions"] == ["joinConversation"]


def test_a_fault_skips_and_strikes_as_often_as_it_says(emulator: Emulator) -> None:
    fault = Fault(phase=Phase.BEFORE_COMMIT, effect=Respond(status=503), path="/v1/Services", skip=1, times=2)
    client = Client(FaultLayer(emulator, [fault]))
    seen = [client.get(path).status for path in ("/Services", "/Services", "/Roles", "/Services", "/Services")]
    assert seen == [200, 503, 200, 503, 200]


def test_a_fault_without_a_number_strikes_every_time(emulator: Emulator) -> None:
    fault = Fault(phase=Phase.BEFORE_COMMIT, effect=Respond(status=503), times=None)
    client = Client(FaultLayer(emulator, [fault]))
    assert {client.get("/Services").status for _ in range(5)} == {503}


def test_a_request_is_found_by_its_number(emulator: Emulator) -> None:
    layer = FaultLayer(emulator, [Fault(phase=Phase.BEFORE_COMMIT, effect=Respond(status=503), request=2)])
    client = Client(layer)
    assert [client.get("/Services").status for _ in range(3)] == [200, 503, 200]
    assert (layer.requests, len(layer.struck)) == (3, 1)


def test_a_late_commit_takes_effect_after_its_delay(emulator: Emulator) -> None:
    late: list[tuple[float, Callable[[], object]]] = []
    fault = Fault(phase=Phase.LATE_COMMIT, effect=Respond(status=504), delay=5.0)
    layer = FaultLayer(emulator, [fault], schedule=lambda seconds, function: late.append((seconds, function)))
    assert Client(layer).post("/Services", {"FriendlyName": "shop"}).status == 504
    assert "shop" not in service_names(emulator)
    ((delay, commit),) = late
    commit()
    assert delay == 5.0
    assert "shop" in service_names(emulator)


@pytest.mark.parametrize("phase", sorted(ALLOWED_PHASES[Kill]))
def test_a_client_is_killed_in_each_phase(tmp_path: Path, phase: Phase) -> None:
    script = tmp_path / "client.py"
    script.write_text(KILLED_CLIENT.replace("PHASE", phase.value), "utf-8")
    killed = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=30, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert killed.stdout.split() == (["201"] if phase is Phase.AFTER_RESPONSE else [])


KILLED_CLIENT = """
import asyncio
import httpx
from confsync.emulator.emulator import ACCOUNT_SID, AUTH_TOKEN, Emulator
from confsync.emulator.faults.fault import parse_faults
from confsync.emulator.faults.layer import FaultLayer
from confsync.emulator.transport import EmulatorTransport

async def main():
    faults = parse_faults(b'{"faults": [{"phase": "PHASE", "effect": {"do": "kill"}}]}')
    transport = EmulatorTransport(FaultLayer(Emulator(), faults))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        request = client.build_request("POST", "/v1/Services", data={"FriendlyName": "shop"})
        response = await client.send(request, auth=(ACCOUNT_SID, AUTH_TOKEN), stream=True)
        print(response.status_code, flush=True)
        await response.aread()
        print("alive", flush=True)

asyncio.run(main())
"""


def test_faults_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "faults.json"
    file.write_text('{"faults": [{"phase": "mid-body", "effect": {"do": "reset"}, "method": "POST"}]}', "utf-8")
    assert read_faults(file) == (Fault(phase=Phase.MID_BODY, effect=Reset(), method="POST"),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"faults": [{"phase": "later", "effect": {"do": "reset"}}]}', "Invalid enum value 'later'"),
        ('{"faults": [{"phase": "mid-body", "effect": {"do": "explode"}}]}', "Invalid value 'explode'"),
        ('{"faults": [{"phase": "mid-body", "effect": {"do": "drip"}}]}', "not possible in the phase 'mid-body'"),
        ('{"faults": [{"phase": "mid-body", "effect": {"do": "reset"}, "delay": 1}]}', "belongs to the phase"),
        ('{"faults": [{"effect": {"do": "reset"}}]}', "missing required field `phase`"),
        ('{"faults": [{"phase": "mid-body", "effect": {"do": "reset"}, "method": "PUT"}]}', "Invalid enum value 'PUT'"),
        ("{", "Input data was truncated"),
    ],
)
def test_an_invalid_fault_file_says_what_is_wrong(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        parse_faults(text.encode())


def test_a_fault_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LocalFileError, match="cannot be read"):
        read_faults(tmp_path / "nothing.json")


@pytest.mark.parametrize(
    ("glob", "path", "matches"),
    [
        ("/v1/Services", "/v1/Services", True),
        ("/v1/Services/*", "/v1/Services/IS1", True),
        ("/v1/Services/*", "/v1/Services/IS1/Roles", False),
        ("/v1/**/Roles", "/v1/Services/IS1/Roles", True),
        ("/v1/Service.", "/v1/Services", False),
    ],
)
def test_a_glob_matches_segments(glob: str, path: str, *, matches: bool) -> None:
    assert path_matches(glob, path) is matches


@contextmanager
def controlled(emulator: Emulator) -> Iterator[httpx.Client]:
    layer = FaultLayer(emulator, control=True)
    with running(layer) as url, httpx.Client(base_url=url, auth=AUTH) as client:
        yield client


def test_a_client_sets_reads_and_removes_faults(emulator: Emulator) -> None:
    fault = {"phase": "before-commit", "effect": {"do": "respond", "status": 503}, "times": None}
    with controlled(emulator) as client:
        assert client.put(CONTROL_PATH, json={"faults": [fault]}).status_code == 200
        assert [client.get("/v1/Services").status_code for _ in range(2)] == [503, 503]
        state = client.get(CONTROL_PATH).json()
        assert (state["requests"], [each["path"] for each in state["struck"]]) == (2, ["/v1/Services"] * 2)
        client.delete(CONTROL_PATH)
        assert client.get("/v1/Services").status_code == 200
        assert client.put(CONTROL_PATH, content=b"{").status_code == 400


def test_the_control_endpoint_is_off_by_default(emulator: Emulator) -> None:
    layer = FaultLayer(emulator)
    with running(layer) as url, httpx.Client(base_url=url, auth=AUTH) as client:
        assert client.get(CONTROL_PATH).status_code == 404


def test_a_web_page_cannot_reach_the_control_endpoint(emulator: Emulator) -> None:
    with controlled(emulator) as client:
        assert client.get(CONTROL_PATH, headers={"Host": "attacker.example"}).status_code == 421


PAGE = (Path(__file__).parents[2] / "docs" / "emulator-faults.md").read_text("utf-8")


def test_the_page_lists_every_phase_and_effect() -> None:
    names = [*Phase, *(str(effect.__struct_config__.tag) for effect in ALLOWED_PHASES)]
    assert [name for name in names if not re.search(rf"^\|.*`{name}`.*\|", PAGE, re.MULTILINE)] == []


def test_the_example_of_the_page_fails_two_requests(emulator: Emulator) -> None:
    example = PAGE.partition("<!-- faults -->\n```json\n")[2].partition("```")[0]
    layer = FaultLayer(emulator, parse_faults(example.encode()))
    seen = [in_process(layer, method, "/v1/Services") for method in ("POST", *["GET"] * 7)]
    assert seen == ["ReadError", *["200"] * 5, "429", "200"]
    assert "shop" in service_names(emulator)
