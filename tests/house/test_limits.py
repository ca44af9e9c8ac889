"""docs/limits.md names real tests; those that belong nowhere else stand here."""

import ast
import re
from functools import cache

import pytest

from confsync.emulator.emulator import Emulator
from confsync.emulator.settings import Settings
from tests.house.places import DOCS, ROOT
from tests.workshop import Workshop, changes, told

PAGE = (DOCS / "limits.md").read_text("utf-8")
TRAPS = 25


@cache
def names_in(path: str) -> frozenset[str]:
    """The tests of one file."""
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return frozenset(each.name for each in ast.walk(tree) if isinstance(each, ast.FunctionDef))


def items() -> list[str]:
    """What the page says of each trap."""
    return re.split(r"^\d+\. ", PAGE.partition("\n## ")[0], flags=re.MULTILINE)[1:]


def test_every_trap_has_its_number_and_says_how_it_is_handled_or_that_it_is_a_limit() -> None:
    assert re.findall(r"^(\d+)\. \*\*", PAGE, re.MULTILINE) == [str(number) for number in range(1, TRAPS + 1)]
    for item in items():
        assert "`tests/" in item or "Limit:" in item, item


@pytest.mark.parametrize("named", re.findall(r"`(tests/[^`]+)`", PAGE))
def test_every_test_that_the_page_names_exists(named: str) -> None:
    path, _, name = named.partition("::")

    assert name in names_in(path)


LOUNGE = """
version: 1
services:
  desk:
    conversations:
      lounge: %s
"""


def sent(workshop: Workshop) -> list[dict[str, str]]:
    """The values of every write since the last verb."""
    return [{name: ",".join(each) for name, each in one.values.items()} for one in workshop.emulator.log.writes()]


def test_twilios_own_notification_text_is_a_change_where_none_was_set(workshop: Workshop) -> None:
    text = "version: 1\nservices: {desk: {%s}}\n"
    workshop.apply(text % "")

    own = 'notifications: {new_message: {template: "${CONVERSATION}:${PARTICIPANT}: ${MESSAGE}"}}'

    assert changes(workshop.plan(text % own)) == [
        "update services/desk/notifications new_message.template:None->${CONVERSATION}:${PARTICIPANT}: ${MESSAGE}"
    ]


def test_timers_are_sent_when_they_change_and_their_dates_are_never_compared(workshop: Workshop) -> None:
    workshop.apply(LOUNGE % "{timers: {closed: PT60M}}")
    assert told(workshop.plan(LOUNGE % "{timers: {closed: PT1H}}")) == []

    workshop.apply(LOUNGE % "{timers: {closed: PT2H}}")

    assert sent(workshop) == [{"Timers.Closed": "PT2H"}]
    assert told(workshop.plan()) == []


def test_a_conversation_that_is_made_with_timers_is_made_with_a_state(workshop: Workshop) -> None:
    workshop.apply(LOUNGE % "{timers: {inactive: PT1M}}")

    assert sent(workshop)[-1] == {"UniqueName": "lounge", "State": "active", "Timers.Inactive": "PT1M"}
    assert workshop.mistakes(LOUNGE % "{timers: {inactive: PT59S}}") == [
        "confsync.yaml:6:35 CS2005 'timers.inactive' is at least PT1M, and this is 'PT59S'"
    ]


def test_a_state_that_nobody_declared_may_move(workshop: Workshop) -> None:
    workshop.apply(LOUNGE % "{friendly_name: Lounge}")
    service = workshop.path("/Services/desk")
    workshop.client.post(f"{service}/Conversations/lounge", {"State": "inactive"})

    assert told(workshop.plan()) == []
    assert changes(workshop.plan(LOUNGE % "{state: active}")) == [
        "update services/desk/conversations/lounge state:inactive->active"
    ]


def test_attributes_are_compared_as_what_they_mean(workshop: Workshop) -> None:
    workshop.apply(LOUNGE % "{attributes: {floor: 2, sofa: [red]}}")
    service = workshop.path("/Services/desk")
    workshop.client.post(f"{service}/Conversations/lounge", {"Attributes": '{ "sofa": ["red"],  "floor": 2.0 }'})

    assert told(workshop.plan()) == []


def test_attributes_that_are_too_long_are_told_before_anything_is_sent(workshop: Workshop) -> None:
    long = f"{{attributes: {{a: {'x' * 16_384}}}}}"

    (mistake,) = workshop.mistakes(LOUNGE % long)

    assert mistake.endswith("CS2005 'attributes' has at most 16,384 bytes as JSON")


FIVE = "{webhooks: {%s}}"
STUDIO = "%s: {target: studio, configuration: {flow_sid: FW0000000000000000000000000000000%d}}"


def test_a_webhook_with_another_target_is_replaced_although_five_are_there(workshop: Workshop) -> None:
    five = [STUDIO % (name, number) for number, name in enumerate("abcde")]
    workshop.apply(LOUNGE % (FIVE % ", ".join(five)))
    five[0] = "a: {target: trigger, configuration: {url: 'https://example.com', triggers: [help]}}"

    workshop.apply(LOUNGE % (FIVE % ", ".join(five)))

    assert [each.split()[0] for each in workshop.writes] == ["DELETE", "POST"]
    assert told(workshop.plan()) == []


def test_the_words_of_a_trigger_may_read_back_as_filters(workshop: Workshop) -> None:
    trigger = "{webhooks: {a: {target: trigger, configuration: {url: 'https://example.com', triggers: [help]}}}}"
    with Emulator(settings=Settings(trigger_keywords="filters")) as workshop.emulator:
        workshop.apply(LOUNGE % trigger)

        assert told(workshop.plan()) == []


def test_an_address_of_another_type_is_replaced(workshop: Workshop) -> None:
    text = "version: 1\naccount: {addresses: {'+15551230000': {type: %s}}}\n"
    workshop.apply(text % "sms")

    assert changes(workshop.plan(text % "rcs")) == ["replace account/addresses/+15551230000 type:sms->rcs"]
    workshop.apply(text % "rcs")
    assert [each.split()[0] for each in workshop.writes] == ["DELETE", "POST"]


def test_a_conversation_that_is_closed_stays_closed_and_is_never_written_to(workshop: Workshop) -> None:
    workshop.apply(LOUNGE % "{state: closed}")
    assert sent(workshop)[-2:] == [{"UniqueName": "lounge"}, {"State": "closed"}]
    assert told(workshop.plan()) == []

    plan = workshop.plan(LOUNGE % "{state: active, friendly_name: Lounge}")

    assert changes(plan) == []
    assert [each.summary for each in plan.warnings] == [
        "services/desk/conversations/lounge differs, and it has ended at Twilio, and can never be changed again"
    ]
