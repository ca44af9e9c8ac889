"""Which host the requests go to."""

import pytest

from confsync.errors import Refused, UsageError
from confsync.twilio.origin import Origin, origin_of
from confsync.twilio.regions import EDGES


@pytest.mark.parametrize(
    ("region", "edge", "host"),
    [
        (None, None, "conversations.twilio.com"),
        ("", "", "conversations.twilio.com"),
        *((region, None, f"conversations.{edge}.{region}.twilio.com") for region, edge in EDGES.items()),
        ("ie1", "ashburn", "conversations.ashburn.ie1.twilio.com"),
        ("xx9", "nowhere", "conversations.nowhere.xx9.twilio.com"),
        ("ie1", "dublin", "conversations.dublin.ie1.twilio.com"),
        (None, "ashburn", "conversations.ashburn.us1.twilio.com"),
    ],
)
def test_region_and_edge_make_the_host(region: str | None, edge: str | None, host: str) -> None:
    origin = origin_of(region, edge, {})
    assert (origin.base_url, origin.host, origin.redirected) == (f"https://{host}", host, False)


def test_a_region_without_a_known_edge_needs_one() -> None:
    with pytest.raises(UsageError, match="No edge is known for the region"):
        origin_of("xx9", None, {})


def test_a_base_url_with_a_region_alone_gets_its_edge_too() -> None:
    origin = origin_of(None, None, {"CONFSYNC_BASE_URL": "https://conversations.ie1.twilio.com"})
    assert origin == Origin("https://conversations.dublin.ie1.twilio.com")


def test_environment_variables_replace_a_missing_region_or_edge() -> None:
    environ = {"TWILIO_REGION": "ie1", "TWILIO_EDGE": "dublin"}
    assert origin_of(None, None, environ).host == "conversations.dublin.ie1.twilio.com"
    assert origin_of("au1", "sydney", environ).host == "conversations.sydney.au1.twilio.com"


@pytest.mark.parametrize("label", ["evil.example/", "a.b", "IE1", "-ie1", "ie1-", "a@b", "x" * 40, " ", "ie1\n", "é"])
def test_what_is_no_label_of_a_host_is_no_region_and_no_edge(label: str) -> None:
    with pytest.raises(UsageError):
        origin_of(label, None, {})
    with pytest.raises(UsageError):
        origin_of("ie1", label, {})


@pytest.mark.parametrize("variable", ["TWILIO_REGION", "TWILIO_EDGE"])
@pytest.mark.parametrize("token", ["0123456789abcdef0123456789abcdef", "canary/token", "u:canary@host", "canary\n"])
def test_a_token_that_is_set_as_region_or_edge_is_neither_sent_nor_shown(variable: str, token: str) -> None:
    with pytest.raises(UsageError, match=f"{variable} is not a Twilio") as caught:
        origin_of(None, None, {variable: token})
    assert token.strip() not in f"{caught.value!r}{caught.value.happened}{caught.value.hint}"


@pytest.mark.parametrize(
    ("url", "base_url", "host"),
    [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080", "127.0.0.1:8080"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080", "127.0.0.1:8080"),
        ("http://127.9.9.9", "http://127.9.9.9", "127.9.9.9"),
        ("http://localhost:80", "http://localhost", "localhost"),
        ("HTTP://LocalHost:1", "http://localhost:1", "localhost:1"),
        ("https://localhost:443", "https://localhost", "localhost"),
        ("http://[::1]:9000", "http://[::1]:9000", "[::1]:9000"),
    ],
)
def test_this_machine_may_always_be_asked(url: str, base_url: str, host: str) -> None:
    origin = origin_of("ie1", None, {"CONFSYNC_BASE_URL": url})
    assert (origin.base_url, origin.host, origin.redirected) == (base_url, host, True)


def test_twilio_itself_is_no_redirection() -> None:
    origin = origin_of(None, None, {"CONFSYNC_BASE_URL": "https://conversations.dublin.ie1.twilio.com"})
    assert origin == Origin("https://conversations.dublin.ie1.twilio.com")
    assert not origin.redirected


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://proxy.example", ""),
        ("https://proxy.example", "example"),
        ("https://proxy.example", "other.example"),
        ("http://proxy.example", "proxy.example"),
        ("http://conversations.twilio.com", ""),
        ("https://conversations.twilio.com.evil.example", ""),
        ("https://chat.twilio.com", ""),
        ("https://conversations.twilio.com:8443", ""),
        ("https://conversations.a.b.c.twilio.com", ""),
        ("http://127.0.0.1.evil.example", ""),
        ("http://127.1", ""),
        ("http://2130706433", ""),
    ],
)
def test_another_host_is_refused_unless_it_is_allowed_by_name_and_encrypted(url: str, allowed: str) -> None:
    with pytest.raises(Refused, match="CONFSYNC_BASE_URL"):
        origin_of(None, None, {"CONFSYNC_BASE_URL": url, "CONFSYNC_ALLOW_HOST": allowed})


@pytest.mark.parametrize("allowed", ["proxy.example", "proxy.example:8443", "PROXY.example"])
def test_another_host_may_be_allowed_by_name(allowed: str) -> None:
    environ = {"CONFSYNC_BASE_URL": "https://proxy.example:8443", "CONFSYNC_ALLOW_HOST": allowed}
    origin = origin_of(None, None, environ)
    assert (origin.host, origin.redirected) == ("proxy.example:8443", True)


@pytest.mark.parametrize(
    "url",
    [
        "127.0.0.1:8080",
        "ftp://127.0.0.1",
        "http://",
        "http://127.0.0.1:8080/v1",
        "http://127.0.0.1?x",
        "http://127.0.0.1#x",
        "http://user:canary@127.0.0.1",
        "http://127.0.0.1:0",
        "http://127.0.0.1:99999",
        "http://127.0.0.1:x",
        "http://[::1",
        "http://127.0.0.1\\evil",
        "http://127.0.0.1\n",
        "http://ex ample",
        "http://exämple",
    ],
)
def test_what_is_no_address_of_a_server_is_an_error_that_does_not_repeat_it(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        origin_of(None, None, {"CONFSYNC_BASE_URL": url})
    assert "canary" not in f"{caught.value!r}{caught.value.hint}"
