"""Simulated nights: what people do to a configuration and to an account, and the drift that each night has to find.

The simulation keeps the value last applied, the live value and the declared value of each field itself. It asks
confsync nothing: a test compares what a drift says with what `Account` expects.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, NamedTuple

from hypothesis import strategies as st

from confsync.account.results import DriftReport
from confsync.emulator.emulator import ACCOUNT_SID
from tests.configurations import GeneratedConfiguration
from tests.emulator.client import Fields
from tests.harness import Harness, harness_of

DESK = "services/desk"
USER = "US" + "a" * 32
PERMISSIONS = ("sendMessage", "leaveConversation", "editOwnMessage")
VALUES = 3

What = Literal[
    "live", "configuration", "both", "apply", "delete", "recreate", "declare", "stranger", "ignored", "exclusive"
]
OFTEN: tuple[What, ...] = ("live", "live", "configuration", "configuration", "both", "delete", "recreate", "declare")
SELDOM: tuple[What, ...] = ("apply", "apply", "stranger", "ignored", "exclusive")


class Setting(NamedTuple):
    """A field: its resource and path, and how each of its values is written and sent."""

    resource: str
    path: str
    url: str
    written: Callable[[int], str]
    form: Callable[[int], Fields]
    values: int = VALUES

    @property
    def name(self) -> str:
        return f"{DESK}/{self.resource}#{self.path}"

    def number(self, number: int) -> int:
        """Return the number of a value that it has: a switch has two."""
        return number % self.values


def permissions(number: int) -> tuple[str, ...]:
    return PERMISSIONS[: number + 1]


def hook(number: int) -> str:
    return f"https://hooks.example.com/{number}"


def _role(key: str) -> Setting:
    return Setting(
        f"roles/{key}",
        "permissions",
        f"Roles/{key}",
        lambda value: f"[{', '.join(permissions(value))}]",
        lambda value: {"Permission": permissions(value)},
    )


def _webhook(path: str, param: str) -> Setting:
    return Setting("webhooks", path, "Configuration/Webhooks", hook, lambda value: {param: hook(value % VALUES)})


def _named(section: str, key: str, text: str) -> Setting:
    url = f"{section.capitalize()}/{key}"
    return Setting(
        f"{section}/{key}", "friendly_name", url, text.format, lambda value: {"FriendlyName": text.format(value)}
    )


SETTINGS = (
    Setting(
        "configuration",
        "reachability_enabled",
        "Configuration",
        lambda value: str(value % 2 == 1).lower(),
        lambda value: {"ReachabilityEnabled": str(value % 2 == 1).lower()},
        values=2,
    ),
    Setting(
        "webhooks", "pre_webhook_url", "Configuration/Webhooks", hook, lambda value: {"PreWebhookUrl": hook(value)}
    ),
    Setting(
        "webhooks", "post_webhook_url", "Configuration/Webhooks", hook, lambda value: {"PostWebhookUrl": hook(value)}
    ),
    Setting(
        "notifications",
        "new_message.template",
        "Configuration/Notifications",
        lambda value: f"text {value}",
        lambda value: {"NewMessage.Template": f"text {value}"},
    ),
    _role("agent"),
    _role("clerk"),
    _named("users", "alice", "Alice {}"),
    _named("conversations", "lounge", "Lounge {}"),
)
MADE: Mapping[str, Fields] = {
    "Roles/agent": {"FriendlyName": "agent", "Type": "conversation"},
    "Roles/clerk": {"FriendlyName": "clerk", "Type": "conversation"},
    "Users/alice": {"Identity": "alice"},
    "Conversations/lounge": {"UniqueName": "lounge"},
}
"""How to create what has a SID, without the value of its setting."""


class Action(NamedTuple):
    """What somebody does, to which of the possible settings, with which value, and whether in the Console."""

    what: What
    which: int = 0
    value: int = 0
    in_console: bool = False


ACTIONS = st.builds(
    Action,
    st.sampled_from((*OFTEN, *SELDOM)),
    st.integers(0, len(SETTINGS) - 1),
    st.integers(0, VALUES - 1),
    st.booleans(),
)
NIGHTS = st.lists(st.lists(ACTIONS, max_size=4), min_size=5, max_size=10)
"""Sequences of nights: what happens before each. Nothing happens before an idle one."""


@dataclass
class Value:
    """One setting: three values, and what became of its resource. `live` is None if the resource does not exist.

    `gone`: somebody deleted the resource that the ledger owns. What is live then, somebody else made.
    """

    declared: int = 0
    live: int | None = None
    applied: int = 0
    is_declared: bool = True
    owned: bool = False
    gone: bool = False
    last_actor: str = ""

    @property
    def ours(self) -> bool:
        return self.owned and not self.gone and self.live is not None


@dataclass
class Account:
    """An account, its configuration, and everything that a drift has to find out about both."""

    harness: Harness
    values: dict[str, Value] = field(default_factory=lambda: {each.name: Value() for each in SETTINGS})
    strangers: dict[str, str] = field(default_factory=dict)
    ignored: int = 0
    exclusive: bool = False

    def do(self, action: Action) -> None:
        """Change the configuration or the account, or apply."""
        self.harness.emulator.clock.advance(timedelta(minutes=1))
        actor = USER if action.in_console else ACCOUNT_SID
        with self.harness.emulator.monitor.console(USER) if action.in_console else nullcontext():
            match action.what:
                case "apply":
                    self.apply()
                case "exclusive":
                    self.exclusive = not self.exclusive
                case "stranger" | "ignored":
                    self._add_stranger(action.what, actor)
                case _:
                    possible = [each for each in SETTINGS if self._is_possible(action.what, each)]
                    if possible:
                        self._change(action, possible[action.which % len(possible)], actor)

    def _is_possible(self, what: What, setting: Setting) -> bool:
        exists = self.values[setting.name].live is not None
        match what:
            case "configuration":
                return True
            case "declare":
                return "roles/" in setting.resource
            case "recreate":
                return not exists
            case "delete":
                return exists and setting.url in MADE
            case _:
                return exists

    def _change(self, action: Action, setting: Setting, actor: str) -> None:
        value, number = self.values[setting.name], action.value
        match action.what:
            case "declare":
                value.is_declared = not value.is_declared
            case "delete":
                self._delete(setting, value, actor)
            case "recreate":
                self._make(setting.url.partition("/")[0], {**MADE[setting.url], **setting.form(number)})
                value.live = setting.number(number)
            case "configuration":
                value.declared = setting.number(number)
            case _:
                self._post(setting.url, setting.form(number))
                value.live, value.last_actor = setting.number(number), actor
                if action.what == "both":
                    value.declared = setting.number(number + 1)

    def apply(self) -> None:
        report = self.harness.apply(self.text())
        assert not report.errors
        for value in self.values.values():
            if value.is_declared:
                value.live = value.applied = value.declared
                value.owned, value.gone = True, False
            elif value.gone:
                value.owned = value.gone = False
        self.harness.emulator.clock.advance(timedelta(minutes=1))

    def drift(self) -> DriftReport:
        """Run one night's drift."""
        account = self.harness.account(self.harness.config(self.text()))
        self.harness.emulator.log.clear()
        return account.drift()

    def text(self) -> str:
        """Write the configuration."""
        sections: dict[str, dict[str, list[str]]] = {}
        for setting in SETTINGS:
            value = self.values[setting.name]
            section, _, key = setting.resource.partition("/")
            members = sections.setdefault(section, {})
            if value.is_declared:
                path, _, inner = setting.path.partition(".")
                shown = setting.written(value.declared)
                members.setdefault(key, []).append(f"{path}: {f'{{{inner}: {shown}}}' if inner else shown}")
        lines = [f"    {section}: {_written(section, members)}\n" for section, members in sections.items()]
        exclusive = "    lifecycle: {exclusive: [roles]}\n" if self.exclusive else ""
        ignored = "unmanaged: {ignore: ['services/*/roles/ignored *']}\n"
        return f"version: 1\n{ignored}services:\n  desk:\n{exclusive}{''.join(lines)}"

    # What a drift has to find

    def sides(self) -> Mapping[str, str]:
        """Say for each field that differs which side changed; for a resource that is to be created, its address."""
        return dict(self._sides())

    def _sides(self) -> Iterator[tuple[str, str]]:
        for name, value in self.values.items():
            if not value.is_declared:
                continue
            if value.live is None:
                if not value.owned:
                    yield name.partition("#")[0], "configuration"
            elif value.live != value.declared:
                yield name, side(value) if value.ours else "unknown"

    def deleted(self) -> set[str]:
        return {name.partition("#")[0] for name, value in self.values.items() if value.gone}

    def orphaned(self) -> set[str]:
        return {name.partition("#")[0] for name, each in self.values.items() if each.ours and not each.is_declared}

    def undeclared(self) -> set[str]:
        """Return the roles that nobody declares or owns, without those that are ignored."""
        others = (name.partition("#")[0] for name, value in self.values.items() if self._is_undeclared(value))
        return {*self.strangers, *others}

    def _is_undeclared(self, value: Value) -> bool:
        return value.live is not None and not value.ours and not value.is_declared

    def covered_roles(self) -> tuple[int, int]:
        """Count the declared roles that exist, and all that count."""
        roles = [value for name, value in self.values.items() if "/roles/" in name]
        managed = sum(each.is_declared and each.live is not None for each in roles)
        return managed, managed + len(self.orphaned()) + len(self.undeclared())

    def changed_by(self) -> Mapping[str, str]:
        """Say who changed each resource that has a SID and a value that somebody changed in Twilio."""
        named = {name: value for name, value in self.sides().items() if value in ("live", "both")}
        return {name.partition("#")[0]: self.values[name].last_actor for name in named if name.count("/") > _SINGLETONS}

    def _post(self, url: str, form: Fields) -> None:
        assert self.harness.client.post(self.harness.path(f"/Services/desk/{url}"), form).status == 200

    def _make(self, collection: str, form: Fields) -> None:
        self.harness.client.made(self.harness.path(f"/Services/desk/{collection}"), form)

    def _delete(self, setting: Setting, value: Value, actor: str) -> None:
        assert self.harness.client.delete(self.harness.path(f"/Services/desk/{setting.url}")).status == 204
        value.gone = value.gone or value.ours
        value.live, value.last_actor = None, actor

    def _add_stranger(self, what: str, actor: str) -> None:
        number = len(self.strangers) + self.ignored
        name = f"{what} {number}"
        self._make("Roles", {"FriendlyName": name, "Type": "conversation", "Permission": "sendMessage"})
        if what == "ignored":
            self.ignored += 1
        else:
            self.strangers[f"{DESK}/roles/{name}"] = actor


_SINGLETONS = DESK.count("/") + 1
"""How many slashes the address of a singleton of the service has."""


def side(value: Value) -> str:
    """Name the side that changed since the last apply."""
    if value.live == value.applied:
        return "configuration"
    return "live" if value.declared == value.applied else "both"


def _written(section: str, members: Mapping[str, list[str]]) -> str:
    kinds = {"roles": "type: conversation, "}
    inner = [f"{key}: {{{kinds.get(section, '')}{', '.join(fields)}}}" for key, fields in members.items() if key]
    return f"{{{', '.join(inner or members.get('', []))}}}"


@contextmanager
def applied_account() -> Iterator[Account]:
    """Start with an account in which everything is applied. One of the roles is not declared yet."""
    with harness_of(GeneratedConfiguration({"version": 1}, {})) as harness:
        account = Account(harness)
        account.values[f"{DESK}/roles/clerk#permissions"].is_declared = False
        account.apply()
        yield account


def simulate(nights: list[list[Action]]) -> Iterator[tuple[Account, DriftReport]]:
    """Let each night happen, and yield the account and what the drift of that night reports."""
    with applied_account() as account:
        for actions in nights:
            for action in actions:
                account.do(action)
            yield account, account.drift()
