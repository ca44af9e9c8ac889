"""Every night, `drift` names each difference and the side that changed, and nothing else.

The test keeps the value last applied, the live value and the declared value of each field itself. A test run samples 4
sequences of nights; `--hypothesis-profile long` tries 40, which are more than 200 nights.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from hypothesis import given
from hypothesis import strategies as st

from confsync.plan.drift import Drift
from confsync.planning.drift import compare_three_ways
from tests.campaigns import campaign
from tests.configurations import GeneratedConfiguration
from tests.emulator.client import Fields
from tests.harness import Harness, harness_of

DESK = "services/desk"
ROLES = ("agent", "clerk")
PERMISSIONS = ("sendMessage", "leaveConversation", "editOwnMessage")
SETTINGS = (
    f"{DESK}/configuration#reachability_enabled",
    f"{DESK}/webhooks#post_webhook_url",
    f"{DESK}/notifications#new_message.template",
    *(f"{DESK}/roles/{role}#permissions" for role in ROLES),
)

Action = tuple[Literal["live", "configuration", "apply", "delete", "stranger", "idle"], int, int]
ACTIONS: st.SearchStrategy[Action] = st.tuples(
    st.sampled_from(["live", "live", "configuration", "configuration", "apply", "delete", "stranger", "idle"]),
    st.integers(0, len(SETTINGS) - 1),
    st.integers(0, 2),
)
NIGHTS = st.lists(st.lists(ACTIONS, max_size=4), min_size=5, max_size=8)


@dataclass
class Account:
    """What is declared, live and last applied: the number of a value for each field; None if it does not exist."""

    harness: Harness
    declared: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SETTINGS, 0))
    live: dict[str, int | None] = field(default_factory=dict)
    applied: dict[str, int] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    strangers: int = 0

    def do(self, action: Action) -> None:
        """Change the configuration or the account, or apply."""
        what, which, value = action
        name = SETTINGS[which]
        match what:
            case "configuration":
                self.declared[name] = value
            case "live" if self.live.get(name) is not None:
                self._change_live(name, value)
            case "delete" if "/roles/" in name and self.live[name] is not None:
                role = name.split("/")[-1].partition("#")[0]
                assert self.harness.client.delete(self.harness.path(f"/Services/desk/Roles/{role}")).status == 204
                self.live[name] = None
                self.deleted.add(name.partition("#")[0])
            case "stranger":
                self.strangers += 1
                form = {
                    "FriendlyName": f"stranger {self.strangers}",
                    "Type": "conversation",
                    "Permission": "sendMessage",
                }
                self.harness.client.made(self.harness.path("/Services/desk/Roles"), form)
            case "apply":
                self.apply()

    def apply(self) -> None:
        report = self.harness.apply(self.text())
        assert not report.errors
        self.live = dict(self.declared)
        self.applied = dict(self.declared)
        self.deleted.clear()

    def drift(self) -> Drift:
        return compare_three_ways(self.harness.plan(self.text()))

    def expected(self) -> Mapping[str, str]:
        """Say for each field that differs which side changed."""
        return {
            name: side(self.declared[name], live, self.applied[name])
            for name, live in self.live.items()
            if live is not None and live != self.declared[name]
        }

    def text(self) -> str:
        reachability, webhook, template, *roles = (self.declared[name] for name in SETTINGS)
        written = "".join(
            f"      {role}: {{type: conversation, permissions: [{', '.join(permissions(number))}]}}\n"
            for role, number in zip(ROLES, roles, strict=True)
        )
        return (
            "version: 1\nservices:\n  desk:\n"
            f"    configuration: {{reachability_enabled: {str(reachability == 1).lower()}}}\n"
            f'    webhooks: {{post_webhook_url: "{url(webhook)}"}}\n'
            f"    notifications: {{new_message: {{template: text {template}}}}}\n"
            f"    roles:\n{written}"
        )

    def _change_live(self, name: str, value: int) -> None:
        if name == SETTINGS[0]:
            value %= 2
        changes: Mapping[str, tuple[str, Fields]] = {
            SETTINGS[0]: ("Configuration", {"ReachabilityEnabled": str(value == 1).lower()}),
            SETTINGS[1]: ("Configuration/Webhooks", {"PostWebhookUrl": url(value)}),
            SETTINGS[2]: ("Configuration/Notifications", {"NewMessage.Template": f"text {value}"}),
            SETTINGS[3]: ("Roles/agent", {"Permission": permissions(value)}),
            SETTINGS[4]: ("Roles/clerk", {"Permission": permissions(value)}),
        }
        path, form = changes[name]
        assert self.harness.client.post(self.harness.path(f"/Services/desk/{path}"), form).status == 200
        self.live[name] = value


def permissions(number: int) -> tuple[str, ...]:
    return PERMISSIONS[: number + 1]


def url(number: int) -> str:
    return f"https://hooks.example.com/{number}"


def side(declared: int, live: int, applied: int) -> str:
    """Name the side that changed since the last apply."""
    if live == applied:
        return "configuration"
    return "live" if declared == applied else "both"


@campaign(4, 40)
@given(NIGHTS)
def test_every_night_names_each_difference_and_its_side(nights: list[list[Action]]) -> None:
    with harness_of(GeneratedConfiguration({"version": 1}, {})) as harness:
        account = Account(harness)
        account.apply()
        for night in nights:
            for action in night:
                if action[0] == "configuration" and action[1] == 0:
                    action = (action[0], 0, action[2] % 2)  # noqa: PLW2901 — a switch has two values
                account.do(action)
            drift = account.drift()
            assert {f"{each.change.address}#{each.path}": each.side for each in drift.fields} == account.expected()
            assert {str(each.address) for each in drift.deleted_outside} == account.deleted
            assert len([each for each in drift.unmanaged if "stranger" in each.address.key]) == account.strangers
            assert harness.writes == []
