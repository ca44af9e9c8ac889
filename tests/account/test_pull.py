"""`pull` writes live values where the configuration has them, and changes nothing else."""

import json
import tempfile
from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confsync.account.configuration import LoadOptions, load_configuration
from confsync.account.pull import Destination
from confsync.account.pull import pull as pull_values
from confsync.emulator.emulator import ACCOUNT_SID, Emulator
from confsync.errors import UsageError
from confsync.plan.exported import ExportScope
from confsync.plan.intent import Selection
from confsync.plan.pull import Pull
from tests.campaigns import campaign
from tests.harness import Harness, change_lines, plan_lines

FILES = {
    "confsync.d/account.yaml": """\
        # The account.
        version: 1
        account:
          configuration: {default_service: desk, default_inactive_timer: PT30M}   # half an hour
          webhooks:
            method: POST     # never GET
            filters: [onMessageAdded, 'onUserAdded']
        """,
    "confsync.d/desk/desk.yaml": """\
        services:
          desk:                                # the desk
            friendly_name: "Support desk"
            configuration:
              # who answers
              default_conversation_role: agent # see roles.yaml
              reachability_enabled: yes please
            notifications:
              new_message: {enabled: true, template: '${PARTICIPANT}: ${MESSAGE}', badge_count_enabled: false}  # loud
              added_to_conversation:
                enabled: true
                template: |-
                  Welcome,
                  to ${CONVERSATION}
            webhooks:
              post_webhook_url: https://hooks.example.com/desk   # ours
              filters:
                - onMessageAdd      # before
                - onMessageAdded    # after

                # never onMessageRemoved
                - onConversationStateUpdated
        """.replace("yes please", "true"),
    "confsync.d/desk/people.yaml": """\
        services:
          desk:
            roles:
              agent: {type: conversation, permissions: [sendMessage, leaveConversation]}  # least
              lead:
                type: conversation
                permissions:
                  - sendMessage      # talks
                  - deleteAnyMessage # moderates
              channel admin: {type: conversation, permissions: {add: [sendMessage], remove: [deleteOwnMessage]}}
            users:
              alice:
                friendly_name: Alice   # not Alicia
                attributes:
                  team: night   # or day
                  skills: [en, 'de']
                  desk: {floor: 2, "seat": "0123"}
            conversations:
              lounge: {friendly_name: Lounge, timers: {inactive: P1D, closed: P30D}}  # coffee
        """,
}

Edit = tuple[str, dict[str, str | list[str]]]
DESK = "/Services/Support desk"


@pytest.fixture
def desk(harness: Harness) -> Harness:
    """Write a configuration of several files, with comments, and apply it."""
    return applied(harness)


def applied(harness: Harness) -> Harness:
    for name, text in FILES.items():
        harness.write(text, name)
    report = harness.apply()
    assert not report.errors, report.errors
    assert plan_lines(harness.plan()) == []
    return harness


def change(harness: Harness, edits: Iterable[Edit]) -> None:
    """Change the account as somebody else would."""
    for path, fields in edits:
        answer = harness.client.post(harness.path(path), fields)
        assert answer.status == 200, answer


def pulled(
    harness: Harness,
    *parts: str,
    destination: Destination = Destination.NOWHERE,
    dry_run: bool = False,
    files: tuple[str, ...] = (),
) -> Pull:
    options = LoadOptions(
        environ=harness.environ,
        directory=harness.folder,
        environment=harness.environment,
        files=tuple(harness.folder / each for each in files),
    )
    return pull_values(harness.account(), options, parts, destination=destination, dry_run=dry_run)


def texts(folder: Path) -> dict[str, list[str]]:
    """Read the lines of every file of the configuration."""
    files = sorted(folder.rglob("*.yaml"))
    return {str(each.relative_to(folder)): each.read_text("utf-8").splitlines() for each in files}


def changed_lines(before: Mapping[str, list[str]], after: Mapping[str, list[str]]) -> list[str]:
    """Show each line that was removed or added."""
    lines = []
    for name, old in before.items():
        new = after[name]
        for tag, start, end, begin, stop in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            if tag != "equal":
                lines += [f"-{line.strip()}" for line in old[start:end]]
                lines += [f"+{line.strip()}" for line in new[begin:stop]]
    return lines


TEN: list[Edit] = [
    ("/Configuration", {"DefaultInactiveTimer": "PT45M"}),
    ("/Configuration/Webhooks", {"Method": "GET"}),
    (f"{DESK}/Configuration", {"ReachabilityEnabled": "false"}),
    (f"{DESK}/Configuration/Notifications", {"NewMessage.Template": "It's ${MESSAGE}"}),
    (f"{DESK}/Configuration/Webhooks", {"PostWebhookUrl": "https://hooks.example.org/other"}),
    (f"{DESK}/Roles/agent", {"Permission": ["sendMessage", "leaveConversation", "editOwnMessage"]}),
    (f"{DESK}/Roles/lead", {"Permission": ["sendMessage"]}),
    (
        f"{DESK}/Users/alice",
        {
            "FriendlyName": "null",
            "Attributes": json.dumps({"team": "day", "skills": ["en", "de"], "desk": {"floor": 2, "seat": "0123"}}),
        },
    ),
    (f"{DESK}/Conversations/lounge", {"FriendlyName": "Room 1"}),
]
LINES = """\
-configuration: {default_service: desk, default_inactive_timer: PT30M}   # half an hour
+configuration: {default_service: desk, default_inactive_timer: PT45M}   # half an hour
-method: POST     # never GET
+method: GET     # never GET
-reachability_enabled: true
+reachability_enabled: false
-new_message: {enabled: true, template: '${PARTICIPANT}: ${MESSAGE}', badge_count_enabled: false}  # loud
+new_message: {enabled: true, template: 'It''s ${MESSAGE}', badge_count_enabled: false}  # loud
-post_webhook_url: https://hooks.example.com/desk   # ours
+post_webhook_url: https://hooks.example.org/other   # ours
-agent: {type: conversation, permissions: [sendMessage, leaveConversation]}  # least
+agent: {type: conversation, permissions: [sendMessage, leaveConversation, editOwnMessage]}  # least
-- deleteAnyMessage # moderates
-friendly_name: Alice   # not Alicia
+friendly_name: "null"   # not Alicia
-team: night   # or day
+team: day   # or day
-lounge: {friendly_name: Lounge, timers: {inactive: P1D, closed: P30D}}  # coffee
+lounge: {friendly_name: Room 1, timers: {inactive: P1D, closed: P30D}}  # coffee
"""


def test_ten_live_edits_change_exactly_their_ten_lines(desk: Harness) -> None:
    change(desk, TEN)
    before = texts(desk.folder)
    found = pulled(desk)
    assert (len(found.pulled), found.refused, found.left_alone) == (10, (), ())
    assert changed_lines(before, texts(desk.folder)) == LINES.splitlines()
    assert plan_lines(desk.plan()) == []
    assert pulled(desk).lines == ()


def test_a_dry_run_shows_the_diff_and_changes_no_file(desk: Harness) -> None:
    change(desk, TEN)
    before = texts(desk.folder)
    found = pulled(desk, dry_run=True)
    assert texts(desk.folder) == before
    shown = [line for line in found.lines if line.startswith(("+", "-")) and not line.startswith(("+++", "---"))]
    assert len(shown) == len(LINES.splitlines())
    assert not any("/other" in line for line in found.lines), "the path of a URL may be a token"
    assert any("https://hooks.example.org/" in line for line in found.lines)


def test_nothing_is_sent_but_reads_and_the_ledger_stays(desk: Harness) -> None:
    change(desk, TEN)
    ledger = desk.ledger_path.read_bytes()
    desk.emulator.log.clear()
    pulled(desk)
    assert desk.writes == []
    assert desk.ledger_path.read_bytes() == ledger


@pytest.mark.parametrize(
    ("edit", "lines"),
    [
        (
            (f"{DESK}/Configuration/Webhooks", {"Filters": ["onMessageAdded", "onUserAdded"]}),
            ["-- onMessageAdd      # before", "-- onConversationStateUpdated", "+- onUserAdded"],
        ),
        (
            (f"{DESK}/Configuration/Notifications", {"AddedToConversation.Template": "Hi!\n${CONVERSATION}"}),
            ["-Welcome,", "-to ${CONVERSATION}", "+Hi!", "+${CONVERSATION}"],
        ),
        (
            (f"{DESK}/Users/alice", {"FriendlyName": 'The "real" one: #1'}),
            ["-friendly_name: Alice   # not Alicia", "+friendly_name: 'The \"real\" one: #1'   # not Alicia"],
        ),
        (
            (f"{DESK}/Roles/channel admin", {"Permission": ["leaveConversation", "sendMessage", "deleteOwnMessage"]}),
            [
                "-channel admin: {type: conversation, permissions: {add: [sendMessage], remove: [deleteOwnMessage]}}",
                "+channel admin: {type: conversation, permissions: {add: [sendMessage]}}",
            ],
        ),
        (
            (f"{DESK}/Users/alice", {"Attributes": json.dumps({"team": "night", "new": ["no"], "skills": ["fr"]})}),
            [
                "-skills: [en, 'de']",
                '-desk: {floor: 2, "seat": "0123"}',
                "+skills: [fr]",
                "+new:",
                '+- "no"',
            ],
        ),
        (
            (f"{DESK}/Users/alice", {"Attributes": "{}"}),
            [
                "-attributes:",
                "-team: night   # or day",
                "-skills: [en, 'de']",
                '-desk: {floor: 2, "seat": "0123"}',
                "+attributes: {}",
            ],
        ),
    ],
)
def test_each_kind_of_value_is_written_in_its_style(desk: Harness, edit: Edit, lines: list[str]) -> None:
    before = texts(desk.folder)
    change(desk, [edit])
    pulled(desk)
    assert changed_lines(before, texts(desk.folder)) == lines
    assert plan_lines(desk.plan()) == []


ENVIRONMENTS = f"""\
version: 1
variables: {{host: dev.example.com, sound: bell, token: {{sensitive: true}}}}
environments:
  dev: {{account_sid: {ACCOUNT_SID}, variables: {{sound: gong}}}}
  prod: {{account_sid: AC{"b" * 32}}}
services:
  desk:
    notifications:
      new_message: {{enabled: true, sound: "${{{{ var.sound }}}}"}}
    webhooks:
      pre_webhook_url: https://${{{{ var.host }}}}/before
      post_webhook_url: https://${{{{ var.token }}}}.example.com/after
      method: POST
    roles:
      tester: {{type: conversation, permissions: [sendMessage], lifecycle: {{only: [dev]}}}}
"""


@pytest.fixture
def several(harness: Harness) -> Harness:
    """Apply a configuration with variables to one of its two environments."""
    harness.environment = "dev"
    harness.environ["CONFSYNC_VAR_token"] = "hunter2-hunter2"
    assert not harness.apply(ENVIRONMENTS).errors
    return harness


def refused_lines(found: Pull) -> list[str]:
    return [
        f"{each.desired.address}#{each.field.name}: {each.reason}: {'; '.join(each.choices)}" for each in found.refused
    ]


WEBHOOKS = "/Services/desk/Configuration/Webhooks"


def test_what_comes_from_a_variable_is_refused_with_every_place_that_could_change(several: Harness) -> None:
    change(
        several,
        [
            (
                WEBHOOKS,
                {"PreWebhookUrl": "https://x.example.com/before", "PostWebhookUrl": "https://other.example.com"},
            ),
            ("/Services/desk/Configuration/Notifications", {"NewMessage.Sound": "chime"}),
        ],
    )
    before = texts(several.folder)
    found = pulled(several)
    assert sorted(refused_lines(found)) == [
        (
            "services/desk/notifications#new_message.sound: it comes from the variable `sound`: "
            "change the default of `sound`: confsync.yaml:2:36; "
            "set `sound` under `environments.dev.variables`: confsync.yaml:4:70; "
            "write `new_message.sound` without it: confsync.yaml:9:43"
        ),
        (
            "services/desk/webhooks#post_webhook_url: it is sensitive: "
            "set the value of its reference, then run `confsync apply -e dev --emulator`"
        ),
        (
            "services/desk/webhooks#pre_webhook_url: it comes from the variable `host`: "
            "change the default of `host`: confsync.yaml:2:13; "
            "set `host` under `environments.dev.variables`; "
            "write `pre_webhook_url` without it: confsync.yaml:11:24"
        ),
    ]
    assert (found.pulled, found.lines, found.written) == ((), (), False)
    assert texts(several.folder) == before


def test_a_value_that_another_environment_uses_too_needs_a_decision(several: Harness) -> None:
    change(several, [(WEBHOOKS, {"Method": "GET"})])
    assert refused_lines(pulled(several)) == [
        (
            "services/desk/webhooks#method: confsync.yaml:13:15 applies to prod too: "
            "`--shared` writes it at confsync.yaml:13:15, for all of them; "
            "`--patch` writes it under `environments.dev.patch`"
        )
    ]
    before = texts(several.folder)
    assert pulled(several, destination=Destination.SHARED).written
    assert changed_lines(before, texts(several.folder)) == ["-method: POST", "+method: GET"]


def test_a_value_goes_into_the_patch_of_the_environment_and_is_then_its_own(several: Harness) -> None:
    change(several, [(WEBHOOKS, {"Method": "GET"}), ("/Services/desk/Configuration", {"ReachabilityEnabled": "true"})])
    before = texts(several.folder)
    assert pulled(several, destination=Destination.PATCH).written
    assert changed_lines(before, texts(several.folder)) == [
        f"-dev: {{account_sid: {ACCOUNT_SID}, variables: {{sound: gong}}}}",
        (
            f"+dev: {{account_sid: {ACCOUNT_SID}, variables: {{sound: gong}}, "
            "patch: {services: {desk: {webhooks: {method: GET}}}}}"
        ),
    ]
    assert plan_lines(several.plan()) == []
    several.apply()
    change(several, [(WEBHOOKS, {"Method": "POST"})])
    assert pulled(several).written
    assert "webhooks: {method: POST}}}}}" in (several.folder / "confsync.yaml").read_text("utf-8")


REUSE = """\
version: 1
services:
  desk:
    roles:
      defaults: {type: conversation, permissions: [sendMessage]}
      agent: {}
      for_each:
        leads:
          items: {one: {may: joinConversation}, two: {may: createConversation}}
          resource: {type: service, permissions: ["${{ each.value.may }}"]}
"""


def test_what_several_resources_share_is_refused(harness: Harness) -> None:
    assert not harness.apply(REUSE).errors
    change(
        harness,
        [
            ("/Services/desk/Roles/agent", {"Permission": ["leaveConversation"]}),
            ("/Services/desk/Roles/one", {"Permission": ["createConversation"]}),
        ],
    )
    assert sorted(refused_lines(pulled(harness))) == [
        (
            "services/desk/roles/agent#permissions: it comes from `defaults`, which other resources have too: "
            "change it for all of them: confsync.yaml:5:51; "
            "write `permissions` in the block of services/desk/roles/agent"
        ),
        (
            "services/desk/roles/one#permissions: it comes from a `for_each`, whose items share it: "
            "change it for all of them: confsync.yaml:10:50"
        ),
    ]


def test_a_resource_of_one_environment_alone_needs_none(several: Harness) -> None:
    change(several, [("/Services/desk/Roles/tester", {"Permission": ["leaveConversation"]})])
    assert [each.field.name for each in pulled(several).pulled] == ["permissions"]
    assert plan_lines(several.plan()) == []


def test_an_address_or_a_field_narrows_what_is_pulled(several: Harness) -> None:
    change(
        several,
        [
            (WEBHOOKS, {"PreWebhookUrl": "https://x.example.com/before", "Method": "GET"}),
            ("/Services/desk/Roles/tester", {"Permission": ["leaveConversation"]}),
        ],
    )
    assert len(pulled(several, destination=Destination.SHARED).refused) == 1
    assert len(pulled(several, "services/desk/webhooks", destination=Destination.SHARED).refused) == 1
    found = pulled(several, "services/desk/webhooks#method", "services/*/roles", destination=Destination.SHARED)
    assert sorted(each.field.name for each in found.pulled) == ["method", "permissions"]
    with pytest.raises(UsageError):
        pulled(several, "services/none")


@pytest.mark.parametrize(
    ("part", "error"),
    [
        ("services/desk/roles/agent#permision", "A role has no field 'permision'."),
        ("services/*/roles/*#perm", "A role has no field 'perm'."),
        ("services/desk/notifications#new_message.templat", "A service notifications has no field"),
    ],
)
def test_a_field_that_does_not_exist_is_an_error(desk: Harness, part: str, error: str) -> None:
    with pytest.raises(UsageError, match=error):
        pulled(desk, part)


@pytest.mark.parametrize("part", ["services/desk/notifications#new_message", "services/desk/**#permissions"])
def test_a_block_or_a_field_that_only_some_resources_have_is_no_error(desk: Harness, part: str) -> None:
    assert pulled(desk, part).pulled == ()


def test_an_edit_of_the_configuration_that_was_not_applied_stays(desk: Harness) -> None:
    path = desk.folder / "confsync.d/account.yaml"
    path.write_text(path.read_text("utf-8").replace("PT30M", "PT50M"), "utf-8")
    change(desk, [("/Configuration/Webhooks", {"Method": "GET"})])
    found = pulled(desk)
    assert [each.field.name for each in found.pulled] == ["method"]
    assert [(str(each.address), each.path, each.reason) for each in found.left_alone] == [
        ("account/configuration", "default_inactive_timer", "only the configuration changed")
    ]
    assert "PT50M" in path.read_text("utf-8")


def test_a_field_that_changed_on_both_sides_has_to_be_named(desk: Harness) -> None:
    path = desk.folder / "confsync.d/account.yaml"
    path.write_text(path.read_text("utf-8").replace("PT30M", "PT50M"), "utf-8")
    change(desk, [("/Configuration", {"DefaultInactiveTimer": "PT45M"})])
    assert refused_lines(pulled(desk)) == [
        (
            "account/configuration#default_inactive_timer: both sides changed since the last apply: "
            "`confsync pull --emulator 'account/configuration#default_inactive_timer'` takes the value in Twilio; "
            "`confsync apply --emulator` sends the declared value"
        )
    ]
    assert pulled(desk, "account/configuration#default_inactive_timer").written
    assert "PT45M" in path.read_text("utf-8")


def test_a_deleted_resource_stays_in_the_configuration(desk: Harness) -> None:
    desk.client.delete(desk.path(f"{DESK}/Users/alice"))
    before = texts(desk.folder)
    (left,) = pulled(desk).left_alone
    assert str(left.address) == "services/desk/users/alice"
    assert left.reason.endswith("was deleted in Twilio")
    assert left.advice == "to accept that, remove its block; `confsync apply --emulator` creates it again"
    assert texts(desk.folder) == before


def test_nothing_in_a_closed_conversation_is_said_to_be_created_again(harness: Harness) -> None:
    harness.apply("version: 1\nservices: {desk: {conversations: {lounge: {participants: {p: {identity: ann}}}}}}\n")
    lounge = harness.path("/Services/desk/Conversations/lounge")
    assert harness.client.delete(f"{lounge}/Participants/ann").status == 204
    assert harness.client.post(lounge, {"State": "closed"}).status == 200
    (left,) = pulled(harness).left_alone
    assert left.advice == (
        "to accept that, remove its block; no apply can create it again: "
        "services/desk/conversations/lounge is closed in Twilio, which allows no further change"
    )


def test_a_role_that_is_not_declared_cannot_be_referred_to(desk: Harness) -> None:
    form = {"FriendlyName": "night lead", "Type": "conversation", "Permission": "sendMessage"}
    sid = desk.client.made(f"{desk.path(DESK)}/Roles", form)
    change(desk, [(f"{DESK}/Configuration", {"DefaultConversationRoleSid": sid})])
    (line,) = refused_lines(pulled(desk))
    assert "Twilio refers to services/desk/roles/night lead, which is not declared: declare it first: " in line
    assert "`confsync export --emulator 'services/desk/roles/night lead'` prints its block" in line


def test_a_reference_to_a_built_in_role_that_is_not_declared_is_pulled_and_so_is_one_away_from_it(
    desk: Harness,
) -> None:
    lead, built_in = (desk.path(f"{DESK}/Roles/{each}").rpartition("/")[2] for each in ("lead", "channel user"))
    before = texts(desk.folder)
    change(desk, [(f"{DESK}/Configuration", {"DefaultConversationRoleSid": built_in})])
    assert refused_lines(pulled(desk)) == []
    assert changed_lines(before, texts(desk.folder)) == [
        "-default_conversation_role: agent # see roles.yaml",
        "+default_conversation_role: channel user # see roles.yaml",
    ]
    change(desk, [(f"{DESK}/Configuration", {"DefaultConversationRoleSid": lead})])
    pulled(desk, "services/desk/configuration")
    assert changed_lines(before, texts(desk.folder))[1:] == ["+default_conversation_role: lead # see roles.yaml"]


@pytest.mark.parametrize(
    ("live", "expected"),
    [
        ({"team": "day", "seat": 4}, "{add: {team: day}, remove: [shift]}"),
        ({"team": "night", "shift": 1}, "{add: {team: night}}"),
        ({"seat": 4}, "{remove: [shift]}"),
    ],
)
def test_an_edit_of_attributes_stays_an_edit(harness: Harness, live: dict[str, object], expected: str) -> None:
    harness.apply("""
        version: 1
        services: {desk: {users: {alice: {attributes: {add: {team: night}, remove: [shift]}}}}}
        """)
    change(harness, [("/Services/desk/Users/alice", {"Attributes": json.dumps(live)})])
    assert refused_lines(pulled(harness)) == []
    assert any(f"attributes: {expected}}}" in each for lines in texts(harness.folder).values() for each in lines)
    assert plan_lines(harness.plan()) == []


SHARED_USER = f"""
version: 1
environments: {{dev: {{account_sid: {ACCOUNT_SID}}}, prod: {{account_sid: AC{"b" * 32}}}}}
services: {{desk: {{users: {{alice: {{attributes: %s}}}}}}}}
"""


def pulled_attributes(harness: Harness, declared: str, live: str, destination: Destination) -> Pull:
    """Apply attributes, have somebody else change them, and pull them."""
    harness.environment = "dev"
    harness.apply(SHARED_USER % declared)
    change(harness, [("/Services/desk/Users/alice", {"Attributes": live})])
    return pulled(harness, destination=destination)


@pytest.mark.parametrize(
    ("declared", "live", "written"),
    [
        ("{a: 1}", '{"add":{"x":1}}', "{add: {add: {x: 1}}}"),
        ("{a: 1}", '{"remove":["x"]}', "{add: {remove: [x]}}"),
        ("{a: 1}", '{"add":1}', "{add: 1}"),
        ("{a: 1}", '{"add":{"x":1},"b":1}', "{add: {x: 1}, b: 1}"),
    ],
)
def test_attributes_that_look_like_an_edit_are_written_as_the_addition_of_a_key(
    harness: Harness, declared: str, live: str, written: str
) -> None:
    assert pulled_attributes(harness, declared, live, Destination.SHARED).written
    assert f"attributes: {written}}}" in (harness.folder / "confsync.yaml").read_text("utf-8")
    assert plan_lines(harness.plan()) == []


@pytest.mark.parametrize(
    ("declared", "live", "lost"),
    [
        ("{a: 1, b: 2}", '{"b":2}', "attributes.a"),
        ("{a: {x: 1, y: 2}}", '{"a":{"x":1}}', "attributes.a.y"),
        ("{add: {a: {x: 1, y: 2}}}", '{"a":{"x":1}}', "attributes.add.a.y"),
    ],
)
def test_a_key_that_a_patch_cannot_remove_needs_a_decision(
    harness: Harness, declared: str, live: str, lost: str
) -> None:
    (refused,) = pulled_attributes(harness, declared, live, Destination.PATCH).refused
    assert (
        refused.reason
        == f"Twilio has no `{lost}`, and a patch cannot remove a key: it is merged with confsync.yaml:4:47"
    )
    assert pulled(harness, destination=Destination.SHARED).written
    assert plan_lines(harness.plan()) == []


def test_a_patch_empties_what_an_edit_no_longer_names(harness: Harness) -> None:
    assert pulled_attributes(harness, "{add: {a: 1}, remove: [z]}", '{"a":1,"z":2}', Destination.PATCH).written
    text = (harness.folder / "confsync.yaml").read_text("utf-8")
    assert "patch: {services: {desk: {users: {alice: {attributes: {remove: [], add: {a: 1}}}}}}}" in text
    assert plan_lines(harness.plan()) == []


def test_a_number_that_stays_equal_is_left_as_it_is_written(harness: Harness) -> None:
    numbers = "n: 1.0, f: 1e2, neg: -0.0, list: [1.0, 2.0], map: {a: 3.0}"
    edit = "{add: {n: 1.0, list: [1.0, 2.0], team: x}}"
    harness.apply(f"""
        version: 1
        services:
          desk:
            users:
              alice: {{attributes: {{{numbers}, some: [1.0, 2.0], team: x}}}}
              bob: {{attributes: {edit}}}
        """)
    before = texts(harness.folder)
    live = {"n": 1, "f": 100, "neg": 0, "list": [1, 2], "map": {"a": 3}, "some": [1, 4], "team": "z"}
    changed = {"alice": live, "bob": {"n": 1, "list": [1, 2], "team": "z"}}
    change(harness, [(f"/Services/desk/Users/{n}", {"Attributes": json.dumps(each)}) for n, each in changed.items()])
    assert refused_lines(pulled(harness)) == []
    assert changed_lines(before, texts(harness.folder)) == [
        f"-alice: {{attributes: {{{numbers}, some: [1.0, 2.0], team: x}}}}",
        f"-bob: {{attributes: {edit}}}",
        f"+alice: {{attributes: {{{numbers}, some: [1.0, 4], team: z}}}}",
        f"+bob: {{attributes: {edit.replace('x', 'z')}}}",
    ]
    assert plan_lines(harness.plan()) == []


PHONES = """\
version: 1
services: {desk: {webhooks: {method: POST}}}
account:
  addresses:
    '+15551230000':
      type: sms
      friendly_name: one
      auto_creation: {enabled: true, type: webhook, webhook_url: 'https://example.com'}
    '+15551230001': {type: sms, friendly_name: other}
"""
FLOW = "FW" + "0" * 32


@pytest.fixture
def phones(harness: Harness) -> Harness:
    """Phone addresses, one of which now starts a flow that the configuration does not declare, and other changes."""
    harness.apply(PHONES)
    found = {
        each["address"]: each["sid"] for each in harness.live("/Configuration/Addresses")["address_configurations"]
    }
    one, other = (f"/Configuration/Addresses/{found[each]}" for each in ("+15551230000", "+15551230001"))
    flow = {"AutoCreation.Type": "studio", "AutoCreation.StudioFlowSid": FLOW, "FriendlyName": "two"}
    assert harness.client.post(one, flow).status == 200
    assert harness.client.post(other, {"FriendlyName": "second"}).status == 200
    assert (
        harness.client.post(harness.path("/Services/desk") + "/Configuration/Webhooks", {"Method": "GET"}).status == 200
    )
    return harness


def test_a_value_with_which_the_configuration_would_be_invalid_is_refused_alone(phones: Harness) -> None:
    found = pulled(phones)
    assert (found.files, found.written) == ((), False)
    (refused,) = found.refused
    assert (str(refused.desired.address), refused.field.name) == (
        "account/addresses/+15551230000",
        "auto_creation.type",
    )
    assert refused.reason == (
        "the configuration would be invalid with the value in Twilio: "
        "a phone address of auto_creation.type 'studio' has no 'auto_creation.studio_flow_sid'"
    )
    export = "`confsync export --emulator account/addresses/+15551230000` prints what Twilio has"
    assert refused.choices == (
        f"write `studio_flow_sid:` under `auto_creation`: {export}; then pull again",
        "`confsync apply --emulator` sends the declared value",
    )
    assert (phones.folder / "confsync.yaml").read_text("utf-8") == PHONES


def test_after_the_first_choice_the_pull_writes_everything(phones: Harness) -> None:
    (refused,) = pulled(phones).refused
    exported = phones.account().export(ExportScope(selection=Selection(targets=(str(refused.desired.address),))))
    assert """studio_flow_sid: "${{ var.""" in exported.document
    written = PHONES.replace("'https://example.com'}", f"'https://example.com', studio_flow_sid: {FLOW}}}")
    phones.write(written)
    assert {each.field.name for each in pulled(phones).pulled} == {"auto_creation.type", "friendly_name", "method"}
    assert plan_lines(phones.plan()) == []


def test_the_rest_can_be_pulled_by_name(phones: Harness) -> None:
    found = pulled(phones, "services/**", "account/addresses/+15551230001", "account/addresses/*#friendly_name")
    assert [(each.desired.address.key, each.field.name) for each in found.pulled] == [
        ("+15551230000", "friendly_name"),
        ("+15551230001", "friendly_name"),
        ("webhooks", "method"),
    ]
    assert change_lines(phones.plan()) == ["update account/addresses/+15551230000 auto_creation.type:studio->webhook"]


def test_a_resource_that_is_not_declared_is_listed_if_its_address_is_given(desk: Harness) -> None:
    desk.client.made(
        f"{desk.path(DESK)}/Roles", {"FriendlyName": "new", "Type": "service", "Permission": "joinConversation"}
    )
    assert pulled(desk).left_alone == ()
    (left,) = pulled(desk, "services/desk/roles/new").left_alone
    assert left.advice == "`confsync export --emulator services/desk/roles/new` prints the block to declare it with"


def test_a_reference_is_written_as_the_key_of_the_role(desk: Harness) -> None:
    sid = desk.path(f"{DESK}/Roles/lead").rpartition("/")[2]
    before = texts(desk.folder)
    change(desk, [(f"{DESK}/Configuration", {"DefaultConversationRoleSid": sid})])
    pulled(desk)
    assert changed_lines(before, texts(desk.folder)) == [
        "-default_conversation_role: agent # see roles.yaml",
        "+default_conversation_role: lead # see roles.yaml",
    ]


def test_a_value_of_a_lower_layer_needs_a_decision(harness: Harness) -> None:
    harness.write("version: 1\nservices: {desk: {webhooks: {method: POST}}}\n", "base.yaml")
    harness.write("version: 1\nservices: {desk: {configuration: {reachability_enabled: true}}}\n", "over.yaml")
    layers = ("base.yaml", "over.yaml")
    options = LoadOptions(files=tuple(harness.folder / each for each in layers))
    account = harness.account(load_configuration(options))
    account.apply(account.plan())
    change(
        harness,
        [(WEBHOOKS, {"Method": "GET"}), ("/Services/desk/Configuration", {"ReachabilityEnabled": "false"})],
    )
    found = pull_values(account, options)
    assert [line.partition(":")[0] for line in refused_lines(found)] == ["services/desk/webhooks#method"]
    assert pull_values(account, options, destination=Destination.SHARED).written
    assert "method: GET" in (harness.folder / "base.yaml").read_text("utf-8")
    assert "reachability_enabled: false" in (harness.folder / "over.yaml").read_text("utf-8")


def test_a_url_with_a_token_is_never_pulled(desk: Harness) -> None:
    change(desk, [(f"{DESK}/Configuration/Webhooks", {"PostWebhookUrl": "https://x.example.com/?token=hunter2"})])
    (line,) = refused_lines(pulled(desk))
    assert "it is sensitive" in line


PERMISSIONS = st.sets(
    st.sampled_from(["sendMessage", "leaveConversation", "editOwnMessage", "deleteAnyMessage"]), min_size=1
).map(sorted)
ANY_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20).filter(
    lambda text: bool(text.strip())
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | ANY_TEXT,
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(ANY_TEXT, inside, max_size=3),
    max_leaves=6,
)
EVENTS = st.sets(st.sampled_from(["onMessageAdd", "onMessageAdded", "onUserAdded", "onConversationRemoved"])).map(
    sorted
)
LIVE_EDITS: dict[str, st.SearchStrategy[dict[str, str | list[str]]]] = {
    "/Configuration": st.fixed_dictionaries({"DefaultInactiveTimer": st.sampled_from(["PT45M", "P1D", "PT1H"])}),
    "/Configuration/Webhooks": st.fixed_dictionaries({"Method": st.sampled_from(["GET", "POST"])}),
    f"{DESK}/Configuration": st.fixed_dictionaries({"ReachabilityEnabled": st.sampled_from(["true", "false"])}),
    f"{DESK}/Configuration/Notifications": st.fixed_dictionaries(
        {}, optional={"NewMessage.Template": ANY_TEXT, "AddedToConversation.Template": ANY_TEXT}
    ),
    f"{DESK}/Configuration/Webhooks": st.fixed_dictionaries({"Filters": EVENTS.map(lambda each: each or [""])}),
    f"{DESK}/Roles/agent": st.fixed_dictionaries({"Permission": PERMISSIONS}),
    f"{DESK}/Roles/lead": st.fixed_dictionaries({"Permission": PERMISSIONS}),
    f"{DESK}/Users/alice": st.fixed_dictionaries(
        {},
        optional={
            "FriendlyName": ANY_TEXT,
            "Attributes": st.dictionaries(st.sampled_from(["team", "skills", "desk", "new"]), JSON).map(json.dumps),
        },
    ),
}
"""What somebody may change in Twilio: the path of a resource, and its fields."""


@campaign(sample=6, at_length=200)
@given(st.fixed_dictionaries({}, optional=LIVE_EDITS))
def test_after_any_live_edits_and_a_pull_the_plan_is_empty_and_other_lines_are_the_same(
    edits: dict[str, dict[str, str | list[str]]],
) -> None:
    with tempfile.TemporaryDirectory() as folder, Emulator() as emulator:
        harness = applied(Harness(Path(folder), emulator))
        change(harness, edits.items())
        before = texts(harness.folder)
        found = pulled(harness)
        assert not found.refused, refused_lines(found)
        assert plan_lines(harness.plan()) == []
        touched = {
            (Path(each.position.file).name, line)
            for each in found.pulled
            for node in [each.desired.nodes[each.field.name]]
            for line in range(node.line - 1, node.end_line + 1)  # the key of a block is on the line above
        }
        assert removed_lines(before, texts(harness.folder)) <= touched


def removed_lines(before: Mapping[str, list[str]], after: Mapping[str, list[str]]) -> set[tuple[str, int]]:
    """Return the old lines that are not there any more."""
    return {
        (Path(name).name, number)
        for name, old in before.items()
        for tag, start, end, _, _ in SequenceMatcher(None, old, after[name], autojunk=False).get_opcodes()
        if tag != "equal"
        for number in range(start + 1, end + 1)
    }
