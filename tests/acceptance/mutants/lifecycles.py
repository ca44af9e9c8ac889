"""What is said about things rather than in them: absence, protection, pruning, and which environments they are for."""

from tests.acceptance.mutants.mutant import (
    DONE,
    INVALID,
    REFUSED,
    Edit,
    Mutant,
    Scene,
    Tree,
    at,
    edited,
    in_each,
    put,
    text,
    without,
)

SUPPORT, LOUNGE = "services/support", "services/support/conversations/lounge"
AGENT = f"{SUPPORT}/roles/agent"


def _elsewhere(_: str, member: Tree) -> None:
    member["lifecycle"] = {**member.get("lifecycle", {}), "only": ["dev"]}


def _absent(tree: Tree, path: str) -> None:
    """Leave nothing of a thing but its name, and that it must not exist."""
    member = at(tree, path)
    for name in member.keys() - {"friendly_name", "type"}:
        del member[name]
    member["lifecycle"] = {"absent": True}


def _all_absent(*paths: str) -> Edit:
    """Leave nothing of several things."""

    def edit(tree: Tree) -> None:
        for path in paths:
            _absent(tree, path)

    return edit


def _adopted(name: str, *edits: Edit) -> Mutant:
    """Give the protected service a new key at which it is adopted, must be absent, and may be deleted."""

    def prepare(scene: Scene) -> None:
        sid = scene.path("/Services/Support Desk").rpartition("/")[2]
        policy = {"adopt": {"services/other": sid}, "allow_delete": {"services/other": sid}}
        absent = {"friendly_name": "Support Desk", "lifecycle": {"absent": True, "protect": False}}
        written = (put("services/other", absent), *(put(key, value) for key, value in policy.items()))
        scene.write(edited(without(SUPPORT), *written, *edits))

    return Mutant(name=name, breaks=prepare, ends=REFUSED)


OF_THEIR_OWN = (
    "services/support",
    "services/sales",
    "services/night",
    "credentials/ios",
    "credentials/android",
    "credentials/tablets",
    AGENT,
    LOUNGE,
)
ABSENT = (
    *(text(f"absent: {path}", edited(_all_absent(path)), REFUSED) for path in OF_THEIR_OWN),
    *(
        text(f"absent: {path}, and something in it", edited(put(f"{path}/lifecycle", {"absent": True})), INVALID)
        for path in OF_THEIR_OWN
        if path.startswith("services") and path != AGENT
    ),
    text(
        "absent: every service",
        edited(_all_absent(*OF_THEIR_OWN[:3])),
        REFUSED,
    ),
    text(
        "absent: every credential",
        edited(_all_absent(*OF_THEIR_OWN[3:6])),
        REFUSED,
    ),
)
"""Services and credentials take a lift of their own; of what is protected the ledger knows, whatever is written now."""

UNPROTECTED = (
    text("protect: gone with its role", edited(without(AGENT)), REFUSED),
    text("protect: gone with its conversation", edited(without(LOUNGE)), REFUSED),
    text("protect: gone with its service", edited(without(SUPPORT)), DONE),
    text("protect: gone with all roles of its service", edited(without(f"{SUPPORT}/roles")), REFUSED),
    text(
        "protect: gone from a role that is renamed",
        edited(put(f"{AGENT}/friendly_name", "other"), without(f"{AGENT}/lifecycle")),
        REFUSED,
    ),
    text(
        "protect: gone from a role that changes its type",
        edited(
            put(f"{AGENT}/type", "service"),
            put(f"{AGENT}/permissions", ["joinConversation"]),
            without(f"{AGENT}/lifecycle"),
        ),
        REFUSED,
    ),
    text(
        "protect: lifted, and two others gone",
        edited(
            put(f"{AGENT}/lifecycle", {"protect": False}),
            without(f"{SUPPORT}/roles/lead"),
            without(f"{SUPPORT}/roles/clerk"),
        ),
        REFUSED,
    ),
    text(
        "protect: lifted from a service that is absent",
        edited(put(SUPPORT, {"friendly_name": "Support Desk", "lifecycle": {"protect": False, "absent": True}})),
        REFUSED,
    ),
    text("protect: misspelt", edited(put(f"{AGENT}/lifecycle", {"protected": True})), INVALID),
    text("protect: a text", edited(put(f"{AGENT}/lifecycle", {"protect": "yes"})), INVALID),
)
MEANT_ELSEWHERE = (
    text("only: every service", edited(in_each("services", _elsewhere)), DONE),
    text("only: every credential", edited(in_each("credentials", _elsewhere)), DONE),
    text("only: every role", edited(in_each("services/sales/roles", _elsewhere)), REFUSED),
    text("only: a protected role", edited(put(f"{AGENT}/lifecycle", {"only": ["dev"]})), REFUSED),
    text("only: every user", edited(in_each(f"{SUPPORT}/users", _elsewhere)), REFUSED),
    text("only: every conversation", edited(in_each("services/sales/conversations", _elsewhere)), REFUSED),
    text("only: every participant", edited(in_each(f"{LOUNGE}/participants", _elsewhere)), REFUSED),
    text("only: every webhook", edited(in_each(f"{LOUNGE}/webhooks", _elsewhere)), REFUSED),
    text("only: an environment that is not there", edited(put(f"{AGENT}/lifecycle", {"only": ["prd"]})), INVALID),
    text(
        "only: none at all",
        edited(*(put(f"services/sales/roles/{each}/lifecycle", {"only": []}) for each in ("seller", "buyer"))),
        REFUSED,
    ),
)
PRUNED = (
    text("prune: a section that is not there", edited(put(f"{SUPPORT}/lifecycle", {"prune": ["rolls"]})), INVALID),
    text("prune: everything", edited(put(f"{SUPPORT}/lifecycle", {"prune": ["*"]})), INVALID),
    text(
        "prune: said where there is nothing any more",
        edited(put("services/sales", {"friendly_name": "Sales Desk", "lifecycle": {"prune": ["roles", "users"]}})),
        REFUSED,
    ),
    text(
        "prune: services, at the top", edited(put("lifecycle", {"prune": ["services"]}), without("services")), INVALID
    ),
)
GIVEN_UP = (
    text("forget: a service and its block", edited(put("forget", [SUPPORT]), without(SUPPORT)), REFUSED),
    *(
        _adopted(f"{how}, its service adopted elsewhere and absent", *edits)
        for how, edits in {
            "adopt: a protected service": (),
            "forget: a protected service": (put("forget", [SUPPORT]),),
        }.items()
    ),
    text(
        "lookup: a protected service, and its roles gone",
        edited(put(SUPPORT, {"friendly_name": "Support Desk", "lifecycle": {"lookup": True, "prune": ["roles"]}})),
        REFUSED,
    ),
    text(
        "lookup: a protected role, and two others gone",
        edited(
            put(AGENT, {"friendly_name": "acme agent", "type": "conversation", "lifecycle": {"lookup": True}}),
            without(f"{SUPPORT}/roles/lead"),
            without(f"{SUPPORT}/roles/clerk"),
        ),
        REFUSED,
    ),
    text(
        "forget: two roles and their blocks",
        edited(
            put("forget", ["services/sales/roles/seller", "services/sales/roles/buyer"]),
            without("services/sales/roles/seller"),
            without("services/sales/roles/buyer"),
        ),
        DONE,
    ),
    text(
        "lookup: a service, and most of it gone",
        edited(put("services/sales", {"friendly_name": "Sales Desk", "lifecycle": {"lookup": True}, "roles": {}})),
        DONE,
    ),
    text(
        "adopt: what is not there, and two roles gone",
        edited(
            put("adopt", {"services/sales/roles/broker": "RL" + "0" * 32}),
            without("services/sales/roles/seller"),
            without("services/sales/roles/buyer"),
        ),
        REFUSED,
    ),
    text("guardrails: of another's making", edited(put("environments/prod/guardrails", {"max_delete": 99})), INVALID),
    text("guardrails: no number", edited(put("environments/prod/guardrails", {"max_deletes": "all"})), INVALID),
    text(
        "allow_delete: with a SID of long ago, and the service absent",
        edited(
            put("environments/prod/allow_delete", {"services/sales": "IS" + "0" * 32}),
            put("services/sales", {"friendly_name": "Sales Desk", "lifecycle": {"absent": True}}),
        ),
        REFUSED,
    ),
    text(
        "allow_delete: of another service",
        edited(
            put("environments/prod/allow_delete", {"services/night": "IS" + "0" * 32}),
            put("services/sales", {"friendly_name": "Sales Desk", "lifecycle": {"absent": True}}),
        ),
        REFUSED,
    ),
)

LIFECYCLES: tuple[Mutant, ...] = (*ABSENT, *UNPROTECTED, *MEANT_ELSEWHERE, *PRUNED, *GIVEN_UP)
