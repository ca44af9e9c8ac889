"""A notification as a message in a chat."""

import html
import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from confsync.notifications.slack import LONGEST_HEADER, LONGEST_SECTION, LONGEST_TEXT, slack_message
from confsync.views.notification import (
    FailurePart,
    NotificationDocument,
    NotifiedTargetPart,
    failure_notification,
)
from tests.notifications.documents import found, notification
from tests.views.test_junit import ANYTHING

MENTION = re.compile(r"<[!@#]|(?<!\w)@(?:here|channel|all|everyone)\b")
CODE = re.compile(r"`[^`\n]*`")


def texts(document: NotificationDocument) -> list[str]:
    """Check the limits of Slack, and return the text of each block."""
    message: dict[str, Any] = slack_message(document)
    header, *sections = message["blocks"]
    assert header["type"] == "header"
    assert 0 < len(header["text"]["text"]) <= LONGEST_HEADER
    assert 0 < len(message["text"]) <= LONGEST_TEXT
    assert len(message["blocks"]) <= 50
    assert all(0 < len(each["text"]["text"]) <= LONGEST_SECTION for each in sections)
    return [header["text"]["text"], *(each["text"]["text"] for each in sections)]


def test_a_message_says_what_is_new_changed_and_repaired() -> None:
    document = notification(
        new=(found("services/desk/roles/agent", path="permissions", shown='"a" -> "b"'),),
        edited=(found("services/desk/roles/clerk", sort="both"),),
        repaired=(found("services/old", sort="deleted"),),
        now=2,
        run_url="https://ci.example.com/1?a=1&b=2",
    )
    assert texts(document) == [
        "Drift: prod",
        "Drift in prod: 1 new, 1 changed, 1 repaired; 2 findings now.",
        '*New (1)*\n• `services/desk/roles/agent#permissions`: `"a" -&gt; "b"` (live)',
        "*Changed (1)*\n• `services/desk/roles/clerk` (both)",
        "*Repaired (1)*\n• `services/old` (deleted)",
        "<https://ci.example.com/1?a=1&amp;b=2|Open the run>",
    ]


def test_the_text_alone_has_everything_for_chats_without_blocks() -> None:
    document = notification(new=(found("services/desk/roles/agent"),), now=1)
    assert slack_message(document)["text"] == "\n".join(texts(document)[1:])


def test_a_long_list_is_cut_and_counted() -> None:
    document = notification(new=tuple(found(f"services/s{number}") for number in range(1000)), now=1000)
    listed = texts(document)[2]
    assert listed.startswith("*New (1,000)*\n• `services/s0` (live)\n")
    assert listed.endswith("• and 980 more")


def test_the_commands_in_a_hint_can_be_copied() -> None:
    target = NotifiedTargetPart(account_sid=None, environment="prod")
    failure = FailurePart(summary="Twilio refused_it", hint="Run `confsync doctor -e prod` <now>.")
    document = failure_notification(target, failure, 9, created_at="2026-01-02T03:04:05Z", run_url=None)
    assert texts(document) == [
        "Drift checks fail: prod",
        "confsync drift in prod fails with exit code 9: Twilio refused_\u200bit",
        "Run `confsync doctor -e prod` &lt;now&gt;.",
    ]


@given(st.lists(ANYTHING, min_size=1, max_size=30), ANYTHING, st.integers(0, 99))
def test_no_name_mentions_anybody_or_breaks_the_message(names: list[str], shown: str, more: int) -> None:
    hostile = [f"services/{each}<!channel>@here" for each in names]
    findings = tuple(found(each, shown=shown * more, path=each) for each in hostile)
    for text in texts(notification(new=findings, repaired=findings, now=len(names)))[1:]:
        outside = CODE.sub("", text)
        assert not MENTION.search(outside)
        assert "<" not in text
        assert "`" not in outside
        assert html.unescape(text).count("\x1b") == 0
