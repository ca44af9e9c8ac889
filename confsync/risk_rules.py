"""What a change of a field means for people: the annotations that declare it, and the rules that they name.

Every field has at least one of these annotations. `planning/risks/field_checks.py` compares each change with them.

=========================  ==========================================================================================
`RiskWhen(…)`              a change of this sort means this: a rule, a level and a sentence
`GrantsPermissions(…)`     a set of permissions, so that each addition and removal is a risk
`ReceivesData()`           a URL to which Twilio sends data, so that its host and its encryption matter
`NoRisk("…")`              no change of it is a risk, for this reason
=========================  ==========================================================================================
"""

import re
from enum import Flag, IntEnum, StrEnum, auto
from typing import ClassVar, Self

from msgspec import Struct


class Level(IntEnum):
    """How severe a risk is, most severe first."""

    HIGH = 0
    MEDIUM = 1
    LOW = 2


class RiskRule(StrEnum):
    """Every risk that a plan may state.

    `when` says when it does, for docs/risks.md. `levels` are those of a risk that no field declares.
    """

    when: str
    levels: tuple[Level, ...]

    def __new__(cls, name: str, when: str, *levels: Level) -> Self:
        """Make a member that equals its name."""
        member = str.__new__(cls, name)
        member._value_ = name
        member.when = when
        member.levels = levels
        return member

    DELETED = (
        "deleted",
        "A resource is deleted. High if it contains other owned resources, or if anything depends on its SID.",
        Level.HIGH,
        Level.MEDIUM,
    )
    DELETED_UNOWNED = (
        "deleted-unowned",
        "A resource that confsync never managed is deleted, because of its `lifecycle.absent` and an entry in `adopt`.",
        Level.HIGH,
    )
    REPLACED = (
        "replaced",
        "A resource is deleted and created again. In between, the resource does not exist.",
        Level.MEDIUM,
    )
    RECREATED = (
        "recreated",
        "A service or a credential that was deleted outside confsync is created again, with a new SID.",
        Level.HIGH,
    )
    SUPERSEDED = (
        "superseded",
        "An immutable field changes, so confsync creates a second resource. High for a credential.",
    )
    PROTECTED = (
        "protected",
        "A protected resource is deleted, replaced or updated. Low for an update.",
        Level.HIGH,
        Level.LOW,
    )
    PROTECTION_REMOVED = (
        "protection-removed",
        "`lifecycle.protect: false` removes the protection of a resource. High if the same plan deletes the resource.",
        Level.HIGH,
        Level.MEDIUM,
    )
    PERMISSION_REVOKED = (
        "permission-revoked",
        (
            "A role loses a permission. Medium if the permission is listed under `remove`, or if the permissions in "
            "Twilio are exactly those that confsync last applied."
        ),
    )
    PERMISSION_GRANTED = (
        "permission-granted",
        "A role gains a permission. Medium if its name contains `Any` or begins with `delete` or `remove`.",
    )
    ASSIGNED_ROLE = "assigned-role", "The role of a user or a participant changes."
    DEFAULT_ROLE = "default-role", "New members get a different role."
    DEFAULT_SERVICE = "default-service", "The account's default service changes."
    PERSON = "person", "A different person takes the place of a participant."
    WEBHOOK_HOST = (
        "webhook-host",
        (
            "A webhook URL changes to a different host, or a URL is set where there was none. Medium if there was no "
            "URL before."
        ),
    )
    UNENCRYPTED = (
        "unencrypted",
        "A webhook URL is set or changed to one that uses unencrypted `http`. Medium if there was no URL before.",
    )
    WEBHOOK_METHOD = "webhook-method", "Twilio calls a webhook with a different HTTP method."
    SILENCED = "silenced", "Twilio no longer reports some events to a webhook. High if it no longer reports any events."
    UNMODERATED = (
        "unmoderated",
        "Twilio no longer asks a webhook before an event happens, so the webhook cannot reject the event.",
    )
    MODERATED = (
        "moderated",
        "Twilio asks a webhook about more events before they happen, and the webhook may change or reject them.",
    )
    REPORTED = "reported", "Twilio reports more events to a webhook, or more words in messages trigger a report."
    OVERRIDDEN = "overridden", "The webhooks of a service start or stop overriding those of the account."
    REROUTED = (
        "rerouted",
        (
            "Messages or events go somewhere else: to a Studio flow, to a service, to Flex, or to the "
            "destination in the phone number's own settings."
        ),
    )
    RETRIES = (
        "retries",
        "Twilio makes more or fewer attempts to start a Studio flow. Low if it makes more.",
    )
    REPLAYED = "replayed", "A webhook or a flow receives earlier messages again."
    MESSAGING_SERVICE = "messaging-service", "SMS messages go through a different messaging service."
    SENDER = "sender", "People receive messages from a different number or email address."
    CLOSED = "closed", "A conversation is closed permanently."
    STATE = "state", "A conversation becomes active or inactive. Low if it becomes active."
    TIMER = (
        "timer",
        (
            "A timer changes, so conversations become inactive or are closed earlier or later. High if the account's "
            "default timers close conversations earlier. Low if the account's default timers keep conversations active "
            "or open for longer, or if the `inactive` timer of a single conversation changes."
        ),
    )
    SWITCHED_OFF = (
        "switched-off",
        "Push notifications, the unread count or the notification log is switched off. Medium for push notifications.",
    )
    SWITCHED_ON = (
        "switched-on",
        "Push notifications, the unread count or the notification log is switched on. Medium for push notifications.",
    )
    MUTED = (
        "muted",
        "A user stops or starts getting push notifications from a conversation. Low if the user starts getting them.",
    )
    PUSH_TEXT = "push-text", "Push notifications have a different text or sound."
    PUSH_SANDBOX = "push-sandbox", "A credential switches from Apple's production service to its sandbox, or back."
    PRESENCE = "presence", "Users start or stop seeing who is online. Low if they start."
    DISPLAYED_NAME = "displayed-name", "People see a different name."
    RENAMED = "renamed", "Programs that use the name of a conversation no longer find the conversation."
    APPLICATION_DATA = (
        "application-data",
        "The attributes that applications read change. Medium if no attributes are left.",
    )
    SECRET_SENT = "secret-sent", "confsync sends a secret that has changed or may have changed."
    MARK_REMOVED = (
        "mark-removed",
        "A value that was sensitive at the last apply is no longer sensitive. The plan still masks it.",
        Level.HIGH,
    )


class When(Flag):
    """How the value of a field changes."""

    SET = auto()
    CHANGED = auto()
    CLEARED = auto()
    ENABLED = auto()
    DISABLED = auto()
    LOWERED = auto()
    RAISED = auto()
    ADDED = auto()
    REMOVED = auto()
    EMPTIED = auto()
    SENT = auto()
    SENT_AGAIN = auto()
    ANY = SET | CHANGED | CLEARED


WHEN_TEXTS: dict[When, str] = {
    When.SET: "set",
    When.CHANGED: "changed",
    When.CLEARED: "cleared",
    When.ENABLED: "switched on",
    When.DISABLED: "switched off",
    When.LOWERED: "lowered",
    When.RAISED: "raised",
    When.ADDED: "extended",
    When.REMOVED: "reduced",
    When.EMPTIED: "emptied",
    When.SENT: "changed",
    When.SENT_AGAIN: "sent again",
}
"""Each sort of change, as a participle for the documentation."""


DeclaredRisk = tuple[RiskRule, Level, tuple[str, ...]]
"""A risk with a level, and the conditions for it, each of which suffices: participles, or clauses after `if`.

Without conditions, the risk has the level in all cases in which it does not have another one.
"""


class RiskWhen(Struct, frozen=True):
    """What a change of the field means: `RiskWhen(When.CLEARED, Level.MEDIUM, RiskRule.SILENCED, "{field} is …")`.

    In the text, `{field}` is the field's name, `{block}` the block that it is in, `{before}` and `{after}` its values,
    `{host}` the host of a URL, and `{members}` what a set gained or lost. `matching` limits it to new values, or to
    members, that match a regular expression. `condition` says so in the documentation, instead of the name of `when`.
    `on_create` applies it to a resource that did not exist.
    """

    when: When
    level: Level
    rule: RiskRule
    text: str
    matching: str = ""
    condition: str = ""
    on_create: bool = False

    @property
    def levels(self) -> tuple[DeclaredRisk, ...]:
        """The risk that it declares."""
        condition = self.condition or (f"changed to `{self.matching}`" if self.matching.isalpha() else "")
        conditions = (condition,) if condition else tuple(dict.fromkeys(WHEN_TEXTS[each] for each in self.when))
        return ((self.rule, self.level, conditions),)

    def matches(self, text: str) -> bool:
        """Whether it applies to a new value, or to a member of a set."""
        return not self.matching or re.fullmatch(self.matching, text) is not None


class GrantsPermissions(Struct, frozen=True):
    """The field is a set of permissions. `over_others` matches those that affect what other people own."""

    over_others: str
    levels: ClassVar[tuple[DeclaredRisk, ...]] = (
        (RiskRule.PERMISSION_REVOKED, Level.HIGH, ()),
        (
            RiskRule.PERMISSION_REVOKED,
            Level.MEDIUM,
            (
                "`remove` names the permission that the role loses",
                "if the permissions in Twilio are exactly those that confsync last applied",
            ),
        ),
        (
            RiskRule.PERMISSION_GRANTED,
            Level.MEDIUM,
            ("the role gains a permission whose name contains `Any` or begins with `delete` or `remove`",),
        ),
        (RiskRule.PERMISSION_GRANTED, Level.LOW, ()),
    )


class ReceivesData(Struct, frozen=True):
    """The field is a URL to which Twilio sends data, so that its host and its encryption matter."""

    levels: ClassVar[tuple[DeclaredRisk, ...]] = (
        (RiskRule.WEBHOOK_HOST, Level.HIGH, ("the host changes",)),
        (RiskRule.WEBHOOK_HOST, Level.MEDIUM, ("there was no URL before",)),
        (RiskRule.UNENCRYPTED, Level.HIGH, ("the URL changes from `https` to `http`",)),
        (
            RiskRule.UNENCRYPTED,
            Level.MEDIUM,
            ("there was no URL before and the new one uses `http`, even in a new resource",),
        ),
    )


class NoRisk(Struct, frozen=True):
    """No change of the field is a risk, for a reason that a reviewer can check."""

    reason: str
    levels: ClassVar[tuple[DeclaredRisk, ...]] = ()


FieldRisk = RiskWhen | GrantsPermissions | ReceivesData | NoRisk
"""What a change of a field means for people."""
