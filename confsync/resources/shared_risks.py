"""What a change means for people, for fields that several resource types have: URLs, events, switches, names."""

from typing import Annotated, TypeVar

from confsync.risk_rules import Level, ReceivesData, RiskRule, RiskWhen, When

T = TypeVar("T")

_BEFORE = r"on.*(?:Add|Remove|Update)"
"""The events that a webhook may reject, because Twilio reports them before they happen."""

_AFTER = rf"(?!{_BEFORE}$).*"

_EVENT_BEFORE = "an event that Twilio reports before it happens, such as `onMessageAdd`"
_EVENT_AFTER = "an event that Twilio reports after it has happened, such as `onMessageAdded`"

METHOD_CHANGED = RiskWhen(
    When.CHANGED,
    Level.MEDIUM,
    RiskRule.WEBHOOK_METHOD,
    "{field} is {after} instead of {before}: a receiver that expects {before} rejects the calls",
)

NOTHING_SENT = RiskWhen(
    When.CLEARED, Level.MEDIUM, RiskRule.SILENCED, "{field} is cleared: nothing is sent there any more"
)

CalledBefore = Annotated[
    T,
    ReceivesData(),
    RiskWhen(
        When.SET,
        Level.MEDIUM,
        RiskRule.MODERATED,
        "{field} is set: events wait for {host}, which may change or reject them",
    ),
    RiskWhen(
        When.CLEARED, Level.HIGH, RiskRule.UNMODERATED, "{field} is cleared: nothing can reject an event any more"
    ),
]
"""A URL that is asked before something happens."""

NO_EVENTS = RiskWhen(When.EMPTIED, Level.HIGH, RiskRule.SILENCED, "{field} is empty: no event is reported any more")

Reports = Annotated[
    T,
    RiskWhen(
        When.REMOVED,
        Level.MEDIUM,
        RiskRule.SILENCED,
        "{field} no longer contains {members}: not reported any more",
        _AFTER,
        f"you remove {_EVENT_AFTER}",
    ),
    RiskWhen(
        When.ADDED,
        Level.LOW,
        RiskRule.REPORTED,
        "{field} also contains {members}: reported from now on",
        _AFTER,
        f"you add {_EVENT_AFTER}",
    ),
]
"""A set of events that a webhook reports."""

ReportsAndAsks = Annotated[
    Reports[T],
    NO_EVENTS,
    RiskWhen(
        When.REMOVED,
        Level.HIGH,
        RiskRule.UNMODERATED,
        "{field} no longer contains {members}: nothing can reject such an event any more",
        _BEFORE,
        f"you remove {_EVENT_BEFORE}",
    ),
    RiskWhen(
        When.ADDED,
        Level.MEDIUM,
        RiskRule.MODERATED,
        "{field} also contains {members}: such an event waits for the webhook, which may change or reject it",
        _BEFORE,
        f"you add {_EVENT_BEFORE}",
    ),
]
"""A set of events, some of which a webhook may reject before they happen."""

Switch = Annotated[
    bool,
    RiskWhen(When.DISABLED, Level.MEDIUM, RiskRule.SWITCHED_OFF, "switches off {block}"),
    RiskWhen(When.ENABLED, Level.MEDIUM, RiskRule.SWITCHED_ON, "switches on {block}"),
]
"""Whether Twilio does what its block describes."""

Displayed = Annotated[
    T, RiskWhen(When.ANY, Level.LOW, RiskRule.DISPLAYED_NAME, "people see {after} as {field} instead of {before}")
]
"""A name that people see."""

ApplicationData = Annotated[
    T,
    RiskWhen(
        When.SET | When.CHANGED,
        Level.LOW,
        RiskRule.APPLICATION_DATA,
        "{field} changes: applications that read it may depend on it",
    ),
    RiskWhen(
        When.CLEARED,
        Level.MEDIUM,
        RiskRule.APPLICATION_DATA,
        "{field} is emptied: applications that read it find nothing",
    ),
]
"""Data that applications read."""

ROLE_ASSIGNED = RiskWhen(
    When.SET | When.CHANGED, Level.MEDIUM, RiskRule.ASSIGNED_ROLE, "{field} is {after} instead of {before}"
)

MESSAGING_SERVICE_CHANGED = RiskWhen(
    When.SET | When.CHANGED,
    Level.MEDIUM,
    RiskRule.MESSAGING_SERVICE,
    "{field} is {after} instead of {before}: SMS messages go through another messaging service",
)

FLOW_CHANGED = RiskWhen(
    When.SET | When.CHANGED,
    Level.HIGH,
    RiskRule.REROUTED,
    "{field} is {after} instead of {before}: another Studio flow starts",
)
