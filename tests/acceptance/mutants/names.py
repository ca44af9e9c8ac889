"""Names that change, of many things at once: what had the old ones would be left over, or be made anew."""

from collections.abc import Callable

from confsync.exit_codes import ExitCode
from tests.acceptance.mutants.mutant import (
    DONE,
    INVALID,
    REFUSED,
    Mutant,
    Scene,
    Tree,
    edited,
    in_each,
    put,
    renamed,
    swapped,
    text,
    without,
)

SUPPORT, LOUNGE = "services/support", "services/support/conversations/lounge"


def _field(name: str, value: str) -> Callable[[str, Tree], object]:
    return lambda key, member: member.__setitem__(name, value.format(key))


def _webhook(_: str, member: Tree) -> None:
    member["target"] = "trigger"
    member["configuration"] = {"url": member["configuration"]["url"], "triggers": ["help"]}


def _of_another_service(_: str, member: Tree) -> None:
    for name in ("sandbox", "certificate", "private_key", "secret"):
        member.pop(name, None)
    member |= {"type": "gcm", "api_key": "${{ env.PUSH_KEY }}"}


def _outside(key: str, member: Tree) -> None:
    """Have somebody outside in place of a user."""
    number = {"first": 1, "second": 2, "third": 3}[key]
    del member["identity"]
    member["messaging_binding"] = {"address": f"+1555765000{number}", "proxy_address": "+15551230001"}


def _flipped(_: str, member: Tree) -> None:
    flips = {"conversation": ("service", ["joinConversation"]), "service": ("conversation", ["sendMessage"])}
    member["type"], member["permissions"] = flips[member["type"]]


def _given(name: str, *arguments: str, ends: ExitCode = REFUSED) -> Mutant:
    return Mutant(name=name, breaks=lambda _: None, ends=ends, arguments=("-e", "prod", *arguments))


def _exported(name: str, variable: str, value: str, ends: ExitCode = REFUSED) -> Mutant:
    def export(scene: Scene) -> None:
        scene.environ[variable] = value

    return Mutant(name=name, breaks=export, ends=ends)


VARIABLES = (
    text("names: an empty variable", edited(put("variables/brand", "")), REFUSED),
    text("names: another value of a variable", edited(put("variables/brand", "apex")), REFUSED),
    text(
        "names: another value in the environment", edited(put("environments/prod/variables", {"brand": "x"})), REFUSED
    ),
    text("names: a variable without a value", edited(put("variables/brand", None)), INVALID),
    text("names: a variable that is gone", edited(without("variables/brand")), INVALID),
    text("names: all variables gone", edited(without("variables")), INVALID),
    text("names: a variable that is a list", edited(put("variables/brand", [])), INVALID),
    text("names: another variable in addresses", edited(put("variables/country", "44")), REFUSED),
    _given("names: a variable typed", "--var", "brand=apex"),
    _given("names: a variable typed as nothing", "--var", "brand="),
    _given("names: a variable typed that is not there", "--var", "brnad=apex", ends=INVALID),
    _exported("names: a variable of the process", "CONFSYNC_VAR_brand", "apex"),
    _exported("names: an empty variable of the process", "CONFSYNC_VAR_brand", ""),
    text("names: a reference misspelt", swapped("var.brand", "var.brnad"), INVALID),
    text("names: a reference that is none", swapped("${{ var.brand }}", "${ var.brand }"), REFUSED),
)
FIELDS = (
    text("names: every service", edited(in_each("services", _field("friendly_name", "New {}"))), REFUSED),
    text("names: no service has one", edited(in_each("services", lambda _, each: each.pop("friendly_name"))), REFUSED),
    text("names: one service", edited(put("services/sales/friendly_name", "Trade")), REFUSED),
    text(
        "names: two services change places",
        edited(
            put("services/sales/friendly_name", "Support Desk"), put("services/support/friendly_name", "Sales Desk")
        ),
        REFUSED,
    ),
    text(
        "names: no role has one",
        edited(in_each(f"{SUPPORT}/roles", lambda _, each: each.pop("friendly_name"))),
        REFUSED,
    ),
    text("names: every role", edited(in_each("services/sales/roles", _field("friendly_name", "new {}"))), REFUSED),
    text("names: one protected role", edited(put(f"{SUPPORT}/roles/agent/friendly_name", "x")), REFUSED),
    text("names: every user's identity", edited(in_each(f"{SUPPORT}/users", _field("identity", "{}@x"))), REFUSED),
    text("names: every participant", edited(in_each(f"{LOUNGE}/participants", _outside)), REFUSED),
    text(
        "names: two addresses",
        edited(
            put("account/addresses/hotline/address", "+15551239991"),
            put("account/addresses/helpdesk/address", "+15551239992"),
        ),
        REFUSED,
    ),
    text("types: every address", edited(in_each("account/addresses", _field("type", "rcs"))), REFUSED),
    text("types: every role", edited(in_each("services/sales/roles", _flipped)), REFUSED),
    text("types: every webhook", edited(in_each(f"{LOUNGE}/webhooks", _webhook)), REFUSED),
    text(
        "types: every credential",
        edited(in_each("credentials", _of_another_service)),
        DONE,
    ),
    text(
        "keys: every role",
        edited(
            *(renamed(f"services/sales/roles/{each}", f"new {each}") for each in ("seller", "buyer", "broker")),
        ),
        REFUSED,
    ),
    text(
        "keys: every user",
        edited(*(renamed(f"{SUPPORT}/users/{each}", f"{each}2") for each in ("alice", "bob", "carol"))),
        REFUSED,
    ),
    text(
        "keys: two credentials",
        edited(*(renamed(f"credentials/{each}", f"{each}2") for each in ("ios", "tablets"))),
        DONE,
    ),
)

NAMES: tuple[Mutant, ...] = (*VARIABLES, *FIELDS)
