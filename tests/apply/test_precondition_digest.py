"""The digest of the state that a change was planned for reveals no secret."""

from msgspec.structs import replace

from confsync.apply.precondition import live_digest, precondition_of, sensitive_fields
from confsync.codecs import Value
from confsync.plan.change import Change
from confsync.plan.match import LiveResource
from confsync.secret import Secret
from tests.harness import Harness

TEXT = """
version: 1
variables: {path: {sensitive: true}}
services:
  support:
    webhooks: {post_webhook_url: "https://hooks.example.com/${{ var.path }}", method: POST}
"""


def webhooks(harness: Harness) -> Change:
    """Plan an update of webhooks with a sensitive URL."""
    harness.environ["CONFSYNC_VAR_path"] = "old"
    harness.apply(TEXT)
    harness.environ["CONFSYNC_VAR_path"] = "new"
    return next(each for each in harness.plan(TEXT.replace("POST", "GET")).changes if each.actions)


def altered(change: Change, **fields: Value) -> Change:
    assert change.match
    found = replace(change.match.found, fields={**change.match.found.fields, **fields})
    return replace(change, match=replace(change.match, found=found))


def test_a_changed_field_changes_the_digest(harness: Harness) -> None:
    change = webhooks(harness)
    assert precondition_of(change) == precondition_of(altered(change))
    assert precondition_of(change) != precondition_of(altered(change, method="PUT"))


def test_a_sensitive_value_is_not_part_of_the_digest(harness: Harness) -> None:
    change = webhooks(harness)
    assert sensitive_fields(change) == {"post_webhook_url"}
    assert precondition_of(change) == precondition_of(altered(change, post_webhook_url="https://guess.example.com"))


def test_a_token_in_a_url_is_not_part_of_the_digest(harness: Harness) -> None:
    change = webhooks(harness)
    one, two = (altered(change, pre_webhook_url=f"https://a.example.com/?token={each}") for each in "12")
    assert precondition_of(one) == precondition_of(two)


def test_a_create_has_no_precondition(harness: Harness) -> None:
    assert precondition_of(replace(webhooks(harness), match=None)) is None


def test_a_secret_sent_with_others_is_not_hashed(harness: Harness) -> None:
    change = webhooks(harness)
    assert change.match
    found: LiveResource = change.match.found
    assert live_digest(found, ("method",)) == live_digest(
        replace(found, fields={**found.fields, "method": Secret("x")})
    )
