"""The documentation of risks: a table of all of them, and those of each field."""

from collections.abc import Iterable, Iterator

from confsync.model import Field, Kind
from confsync.risk_rules import WHEN_TEXTS, Level, NoRisk, RiskRule, When
from scripts.docs.markdown import join, table


def risk_table(kinds: Iterable[Kind]) -> str:
    """List each risk with its levels and when a plan states it."""
    declared = [each for kind in kinds for field in kind.fields for each in _declared(field)]
    levels = {rule: rule.levels or [level for each, level, _ in declared if each is rule] for rule in RiskRule}
    return table(("risk", "level", "when"), ((f"`{rule}`", _levels(levels[rule]), rule.when) for rule in RiskRule))


def risks_of(field: Field) -> str:
    """Name the risks of changing a field, or say why there is none."""
    rules = dict.fromkeys(rule for rule, *_ in _declared(field))
    if not rules:
        return "; ".join(
            f"no risk specific to the field: {each.reason}" for each in field.risks if isinstance(each, NoRisk)
        )
    return f"risks of a change: {', '.join(_described(rule, field) for rule in rules)}"


def _described(rule: RiskRule, field: Field) -> str:
    found = [(level, when) for each, level, when in _declared(field) if each is rule]
    cases: dict[str, list[Level]] = {}
    for level in sorted({level for level, _ in found}):
        cases.setdefault(_if(found, level), []).append(level)
    described = ", ".join(f"{_levels(levels)} if {when}" for when, levels in cases.items())
    return f"[`{rule}`](../risks.md#all-risks) ({described})"


def _if(found: Iterable[tuple[Level, str]], level: Level) -> str:
    return join([*dict.fromkeys(word for each, when in found if each is level for word in when.split(" or "))], "or")


def _levels(levels: Iterable[Level]) -> str:
    return join([each.name.lower() for each in sorted(set(levels))], "or")


def _declared(field: Field) -> Iterator[tuple[RiskRule, Level, str]]:
    for rule, level, when in (level for each in field.risks for level in each.levels):
        # A type that several fields share may declare a risk of clearing, although Twilio cannot clear this field.
        yield rule, level, when if field.clearable else when.removesuffix(f" or {WHEN_TEXTS[When.CLEARED]}")
