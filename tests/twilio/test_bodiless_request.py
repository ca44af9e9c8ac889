"""A request without a body goes to any transport as one that httpx builds."""

import httpx
import pytest

from confsync.twilio.bodiless_request import BodilessRequest, url_text

URL = "http://127.0.0.1:8099/v1/Services?PageSize=100&PageToken=a%2Fb"
HEADERS = httpx.Headers({"Host": "127.0.0.1:8099", "Accept": "application/json"})


def test_it_equals_the_request_that_httpx_builds() -> None:
    ours = BodilessRequest("GET", URL, HEADERS, {"timeout": {"read": 1.0}})
    theirs = httpx.Request("GET", URL, headers=HEADERS, extensions={"timeout": {"read": 1.0}})
    for name in ("method", "url", "headers", "extensions", "content"):
        assert getattr(ours, name) == getattr(theirs, name)
    assert ours.url.raw_path == b"/v1/Services?PageSize=100&PageToken=a%2Fb"


def test_its_url_is_known_without_parsing_it() -> None:
    ours = BodilessRequest("GET", URL, HEADERS, {})
    assert url_text(ours) == URL == url_text(httpx.Request("GET", URL))
    assert "url" not in vars(ours)


def test_it_has_no_other_attributes() -> None:
    with pytest.raises(AttributeError):
        _ = BodilessRequest("GET", URL, HEADERS, {}).other
