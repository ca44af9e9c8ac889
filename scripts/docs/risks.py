"""The documentation of risks: a table of all of them, and those of each field."""

from collections.abc import Iterable, Iterator

from confsync.model import Field, Kind
from confsync.risk_rules import WHEN_TEXTS, DeclaredRisk, Level, NoRisk, RiskRule, When
from scripts.docs.markdown import join, table


def risk_table(kinds: Iterable[Kind]) -> str:
    """List each risk with its levels and when a plan states it."""
    declared = [each for kind in kinds for field in kind.fields for each in _declared(field)]
    levels = {rule: rule.levels or [level for each, level, _ in declared if each is rule] for rule in RiskRule}
    return table(("risk", "level", "when"), ((f"`{rule}`", _levels(levels[rule]), rule.when) for rule in RiskRule))


def risks_of(field: Field) -> str:
    """List the risks of changing a field, or say why there is none."""
    rules = dict.fromkeys(rule for rule, *_ in _declared(field))
    if not rules:
        reasons = (each.reason for each in field.risks if isinstance(each, NoRisk))
        return "; ".join(f"No risk is declared for this field, because {each}." for each in reasons)
    described = [_described(rule, field) for rule in rules]
    if len(described) == 1:
        return f"Risk of a change: {described[0]}."
    return "\n".join(("Risks of a change:", *(f"  * {each}." for each in described)))


def _described(rule: RiskRule, field: Field) -> str:
    """Name a risk with the conditions for each level: the level without conditions comes last."""
    found = [(level, conditions) for each, level, conditions in _declared(field) if each is rule]
    cases = {level: [each for of, some in found if of is level for each in some] for level in sorted(dict(found))}
    ordered = sorted(cases.items(), key=lambda case: not case[1])
    obvious = ([[WHEN_TEXTS[When.CHANGED]]], [[rule.replace("-", " ")]])  # every risk listed here is that of a change
    if [each for _, each in ordered] in obvious:
        return f"[`{rule}`](../risks.md#all-risks) ({_levels(cases)})"
    described = "; ".join(f"{_levels([level])} {_if(conditions)}" for level, conditions in ordered)
    return f"[`{rule}`](../risks.md#all-risks) ({described})"


def _if(conditions: Iterable[str]) -> str:
    joined = join([*dict.fromkeys(conditions)], "or") if conditions else ""
    shortened = joined.replace(" or if ", ", or if ").replace("switched on or switched off", "switched on or off")
    return f"if {shortened}" if joined else "otherwise"


def _levels(levels: Iterable[Level]) -> str:
    return join([each.name.lower() for each in sorted(set(levels))], "or")


def _declared(field: Field) -> Iterator[DeclaredRisk]:
    for rule, level, conditions in (level for each in field.risks for level in each.levels):
        # A type that several fields share may declare a risk of clearing, although Twilio cannot clear this field.
        cleared = () if field.clearable else (WHEN_TEXTS[When.CLEARED],)
        yield rule, level, tuple(each for each in conditions if each not in cleared)
