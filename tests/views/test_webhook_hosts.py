"""A drift shows the live host of a webhook that somebody changed, and nothing else of its URL."""

from collections.abc import Iterator

import pytest

from confsync.model import Field, Kind
from confsync.resources import KINDS
from confsync.views.documents import document_as_json
from confsync.views.drift.document import DriftDocument
from confsync.views.drift.html import drift_page
from confsync.views.drift.markdown import drift_as_markdown
from confsync.views.drift.text import drift_as_text
from tests.harness import Harness
from tests.views.rendering import drift_of

OLD, NEW = "https://hooks.example.com", "https://user:canary-of-a-password@attacker.example.net"
TEXT = """
    version: 1
    account:
      webhooks: {pre_webhook_url: "OLD/a", post_webhook_url: "OLD/b"}
      addresses:
        "+15551230000":
          type: sms
          auto_creation: {enabled: true, type: webhook, webhook_url: "OLD/c"}
    services:
      desk:
        webhooks: {pre_webhook_url: "OLD/d", post_webhook_url: "OLD/e"}
        conversations:
          lounge:
            webhooks:
              hook: {target: webhook, configuration: {url: "OLD/f", filters: [onMessageAdded]}}
    """.replace("OLD", OLD)
URL_FIELDS = [(kind, field) for kind in KINDS for field in kind.fields if "url" in field.name.split("_")[-1]]
PATHS = {
    "account webhooks": "/Configuration/Webhooks",
    "phone address": "/Configuration/Addresses/+15551230000",
    "service webhooks": "/Services/desk/Configuration/Webhooks",
    "conversation webhook": "/Services/desk/Conversations/lounge/Webhooks/{}",
}


def test_every_url_of_every_type_is_known_to_receive_data() -> None:
    assert {kind.title for kind, _ in URL_FIELDS} == set(PATHS)
    assert all(field in kind.receivers for kind, field in URL_FIELDS)


def changed(harness: Harness, kind: Kind, field: Field) -> DriftDocument:
    """Change one URL in Twilio, and return the drift."""
    harness.apply(TEXT)
    (hook,) = harness.live("/Services/desk/Conversations/lounge/Webhooks")["webhooks"]
    path = PATHS[kind.title].format(hook["sid"])
    form = {field.param: f"{NEW}/canary-of-a-path?token=canary-of-a-query#canary-of-a-fragment"}
    if kind.title == "conversation webhook":
        form["Configuration.Filters"] = "onMessageAdded"
    assert harness.client.post(harness.path(path), form).status == 200
    return drift_of(harness.plan())


def texts(document: DriftDocument) -> Iterator[str]:
    for brief in (False, True):
        yield drift_as_text(document, brief=brief)
        yield drift_as_markdown(document, brief=brief)
    yield drift_page(document)
    yield document_as_json(document)


@pytest.mark.parametrize(("kind", "field"), URL_FIELDS, ids=[f"{kind.title} {each.name}" for kind, each in URL_FIELDS])
def test_the_host_is_shown_and_the_rest_is_masked(kind: Kind, field: Field, harness: Harness) -> None:
    document = changed(harness, kind, field)
    (found,) = document.differences
    assert (found.side, found.path) == ("live", field.name)
    assert found.live == "https://attacker.example.net/(sensitive)"
    for text in texts(document):
        assert "canary" not in text
    for text in (drift_as_text(document), drift_page(document)):
        assert "https://attacker.example.net/(sensitive)" in text
