"""Every guardrail and every override, declared once.

The checks, the command line's options, the saved plan, the JSON document and the headers all read these declarations.
This module imports nothing heavy, because `--help` reads it.
"""

from enum import Enum, StrEnum
from typing import NamedTuple, Self


class GuardrailRule(StrEnum):
    """Every guardrail, with what triggers it and what overrides it, in the words of `docs/guardrails.md`."""

    when: str
    overridden_by: str

    def __new__(cls, rule: str, when: str, overridden_by: str) -> Self:
        """Make a member that equals the rule's name and carries its documentation."""
        member = str.__new__(cls, rule)
        member._value_ = rule
        member.when, member.overridden_by = when, overridden_by
        return member

    DELETES = (
        "deletes",
        (
            "the plan deletes at least two resources of one kind, and more than 5 or more than a quarter of those that "
            "confsync owns in the account, a service or a conversation"
        ),
        "`--max-deletes N`, `guardrails: {max_deletes: N}`",
    )
    DELETE = (
        "delete",
        "a service or a credential would be deleted",
        "`allow_delete: {ADDRESS: SID}`, `--allow-delete ADDRESS`",
    )
    RECREATE = (
        "recreate",
        "a service or a credential that was deleted outside confsync would be created again",
        "`--allow-recreate ADDRESS`",
    )
    LOSS = (
        "loss",
        "an interrupted replacement deleted a resource, and some of its values are neither declared nor stored",
        "declare the values, or pass `--allow-loss ADDRESS`",
    )
    PROTECT = (
        "protect",
        (
            "the plan would delete or replace a protected resource, a resource that contains one, or the user of a "
            "protected participant"
        ),
        "apply `lifecycle.protect: false` first",
    )
    UNPROTECT = (
        "unprotect",
        "a protected resource is in `forget`, has `lifecycle.lookup`, or is adopted at a different address",
        "apply `lifecycle.protect: false` first",
    )
    LEDGER = (
        "ledger",
        (
            "the folder or the Git ref of the ledger contains a second ledger for the same account, and no declared "
            "environment uses that second ledger"
        ),
        "run `ledger adopt FILE`, or remove the second ledger",
    )
    ENVIRONMENT = (
        "environment",
        "the plan would manage or delete a resource that a different environment in the same account owns",
        "declare the resource with `lifecycle.lookup`, or add it to `forget` in the environment that owns it",
    )
    RENAME = ("rename", "the name of an owned service has changed in the configuration", "keep the old `friendly_name`")
    ABSENT = (
        "absent",
        "a resource with `lifecycle.absent` exists in Twilio, but confsync does not own it",
        "add the resource to the `adopt` section",
    )
    AMBIGUOUS = (
        "ambiguous",
        (
            "several resources in Twilio match a declared resource, and confsync owns none of them; or a change "
            "would set a natural key that a different resource still has"
        ),
        "add one of the resources to the `adopt` section, or choose a different name",
    )
    ADOPT = (
        "adopt",
        "the `adopt` section names a SID that does not exist or that does not match the declared resource",
        "name a different SID",
    )
    LOOKUP = (
        "lookup",
        "a resource with `lifecycle.lookup`, or a built-in role that a field refers to, does not exist in Twilio",
        "create the resource outside confsync, or declare the role",
    )
    REPLACE = (
        "replace",
        "a change would replace a resource that confsync did not create",
        "declare the value that the resource has in Twilio",
    )
    EDIT = (
        "edit",
        (
            "a declared `add` or `remove` would leave a role without permissions, make attributes too large, or "
            "change attributes that are not a mapping in Twilio"
        ),
        "keep at least one permission, set fewer attributes, or write all attributes without `add` and `remove`",
    )
    ROOM = (
        "room",
        "the declared and the unmanaged resources together exceed the number that Twilio allows in one parent",
        "delete or declare the unmanaged resources",
    )
    LINK = (
        "link",
        (
            "a notification level is declared for a user who is not in the conversation, or the plan would delete the "
            "user of a declared participant"
        ),
        "declare the participant or the user",
    )
    UPDATES = (
        "updates",
        "the plan has more updates than `guardrails: {max_updates: N}` allows; without that key, there is no limit",
        "raise the limit",
    )
    NARROWED = (
        "narrowed",
        (
            "a [partial](partial-plans.md) plan would create an excluded resource, or move or delete a resource that "
            "is not selected"
        ),
        "widen `--target`, or drop `--exclude`",
    )
    ROLLBACK = (
        "rollback",
        (
            "your commit is older than the last applied commit, the plan would undo part of that commit, or confsync "
            "cannot tell whether either is the case (exit 7)"
        ),
        "`--allow-rollback`",
    )

    @property
    def introduction(self) -> str:
        """What comes before its override: whether that allows what is blocked, or replaces it."""
        return "Instead" if self in _REPLACED else _ALLOWED


_ALLOWED = "To allow it"
_REPLACED = frozenset(
    {
        GuardrailRule.ENVIRONMENT,
        GuardrailRule.RENAME,
        GuardrailRule.UNPROTECT,
        GuardrailRule.ADOPT,
        GuardrailRule.LOOKUP,
        GuardrailRule.REPLACE,
        GuardrailRule.EDIT,
        GuardrailRule.ROOM,
        GuardrailRule.LINK,
        GuardrailRule.NARROWED,
    }
)
"""Guardrails that nothing overrides: they say what to write instead."""


def introduction_of(rule: str) -> str:
    """Return what comes before the override of a rule, which a document names by its text."""
    return next((each.introduction for each in GuardrailRule if each == rule), _ALLOWED)


class OverrideValue(Enum):
    """What an override's option takes on the command line."""

    ADDRESSES = "addresses"
    NUMBER = "number"
    SWITCH = "switch"


class Override(NamedTuple):
    """One override. `name` is its field in `Overrides`, in the saved plan and in the JSON document.

    `owned` says whether its addresses may also be owned resources that the configuration no longer declares.
    """

    name: str
    rule: GuardrailRule
    value: OverrideValue
    help: str
    owned: bool = False

    @property
    def flag(self) -> str:
        """Its option on the command line."""
        return "--" + self.name.replace("_", "-")


OVERRIDES = (
    Override(
        "allow_delete",
        GuardrailRule.DELETE,
        OverrideValue.ADDRESSES,
        "Allow this service or credential to be deleted. Can be repeated.",
        owned=True,
    ),
    Override(
        "allow_recreate",
        GuardrailRule.RECREATE,
        OverrideValue.ADDRESSES,
        "Allow this service or credential to be recreated after it was deleted outside confsync. Can be repeated.",
    ),
    Override(
        "allow_loss",
        GuardrailRule.LOSS,
        OverrideValue.ADDRESSES,
        "Finish the interrupted replacement of this resource, even though some values are lost. Can be repeated.",
    ),
    Override(
        "max_deletes",
        GuardrailRule.DELETES,
        OverrideValue.NUMBER,
        "Allow the plan to delete up to N resources of each kind (for example, N roles), whether by pruning, --destroy "
        "or replacing.",
    ),
    Override(
        "allow_rollback",
        GuardrailRule.ROLLBACK,
        OverrideValue.SWITCH,
        "Allow a plan that may undo changes from the last applied commit, for example because your commit is older.",
    ),
)
"""Every override. `Overrides` in `plan/intent.py` holds their values for one plan, in a field for each."""
