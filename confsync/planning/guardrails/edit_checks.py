"""Finds edits of a part of a value that cannot be sent."""

from collections.abc import Iterator, Mapping
from typing import get_args

from confsync.codecs import AnyEdit, Edit, JsonEdit, JsonText
from confsync.names import Address
from confsync.plan.change import Action, Change
from confsync.plan.guardrails import GuardrailRule
from confsync.plan.plan import Guardrail
from confsync.planning.diff import resolve_edit

Changes = Mapping[Address, Change]


def impossible_edits(current: Changes) -> Iterator[Guardrail]:
    """Block edits that Twilio would refuse, or that would replace more than they name."""
    edited = {address: each for address, each in current.items() if _has_edit(each)}
    yield from _emptying_edits(edited)
    yield from _impossible_json_edits(edited)


def _has_edit(change: Change) -> bool:
    return not _EDITS.isdisjoint(map(type, change.desired.fields.values()))


_EDITS = frozenset(get_args(AnyEdit))


def _emptying_edits(current: Changes) -> Iterator[Guardrail]:
    """Block an edit that would leave a set empty, because Twilio requires at least one member in such a set."""
    for address, change in current.items():
        for name, value in change.desired.fields.items():
            known = change.match is not None or Action.CREATE in change.actions
            if not isinstance(value, Edit) or not known or not change.desired.wants(change.kind.by_name[name]):
                continue
            if not resolve_edit(value, change.before.get(name)):
                yield Guardrail(
                    GuardrailRule.EDIT,
                    (address,),
                    f"the edit of {name} would leave {address} with none",
                    f"write at least one other value under `add` of {name}",
                )


def _impossible_json_edits(current: Changes) -> Iterator[Guardrail]:
    """Block a change to keys of a value that is not a mapping, or that would be too large then."""
    for address, change in current.items():
        for name, value in change.desired.fields.items():
            field = change.kind.by_name[name]
            if not isinstance(value, JsonEdit) or not change.desired.wants(field):
                continue
            live = change.before.get(name)
            most = field.codec.at_most if isinstance(field.codec, JsonText) else None
            size = len(str(resolve_edit(value, live) or "").encode())
            if not value.fits(live):
                text, hint = (
                    "is not a mapping in Twilio, so it has no keys",
                    "write all of it without `add` and `remove`",
                )
            elif most is not None and size > most:
                text, hint = f"would have {size:,} of at most {most:,} bytes then", "set fewer keys, or remove some"
            else:
                continue
            summary = f"{name} of {address} cannot be edited: it {text}"
            yield Guardrail(GuardrailRule.EDIT, (address,), summary, hint)
