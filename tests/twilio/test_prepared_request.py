"""A prepared request goes to any transport as one that httpx builds."""

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from confsync.twilio.prepared_request import PreparedRequest, raw_path

ORIGIN = "http://127.0.0.1:8099"
TARGET = "/v1/Services?PageSize=100&PageToken=a%2Fb"
HEADERS = httpx.Headers({"Host": "127.0.0.1:8099", "Accept": "application/json"})


def prepared(target: str = TARGET) -> PreparedRequest:
    return PreparedRequest("GET", ORIGIN, target, HEADERS, {"timeout": {"read": 1.0}})


def test_it_equals_the_request_that_httpx_builds() -> None:
    ours, theirs = (
        prepared(),
        httpx.Request("GET", ORIGIN + TARGET, headers=HEADERS, extensions={"timeout": {"read": 1.0}}),
    )
    for name in ("method", "url", "headers", "extensions", "content"):
        assert getattr(ours, name) == getattr(theirs, name)
    assert str(ours.url) == str(theirs.url)
    assert raw_path(ours) == raw_path(theirs) == TARGET.encode()


def test_a_form_is_complete() -> None:
    headers = httpx.Headers({**HEADERS, "Content-Type": "application/x-www-form-urlencoded", "Content-Length": "7"})
    ours = PreparedRequest("POST", ORIGIN, TARGET, headers, {}, b"Name=Al")
    theirs = httpx.Request("POST", ORIGIN + TARGET, headers=headers, content=b"Name=Al")
    assert (ours.content, ours.read(), ours.headers) == (theirs.content, theirs.read(), theirs.headers)


def test_its_url_is_known_without_parsing_it() -> None:
    ours = prepared()
    assert (ours.origin + ours.target, raw_path(ours)) == (ORIGIN + TARGET, TARGET.encode())
    assert "url" not in vars(ours)


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E, exclude_characters="#"), max_size=12))
@example("../Users")
@example("a b")
@example("%zz")
@example("%41%2e%2E/.")
@example("é")
def test_its_path_is_the_one_that_httpx_sends(rest: str) -> None:
    target = f"/v1/{rest}"
    assert raw_path(prepared(target)) == httpx.URL(ORIGIN + target).raw_path


def test_it_has_no_other_attributes() -> None:
    with pytest.raises(AttributeError):
        _ = prepared().other
