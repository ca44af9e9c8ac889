"""Checks what Twilio does not offer in the region of an environment."""

from collections.abc import Collection, Iterable, Iterator

from confsync.config.codes import Code
from confsync.config.desired import Desired
from confsync.config.tree import Node, error_at, warning_at
from confsync.diagnostics import Diagnostic, did_you_mean
from confsync.twilio.regions import EDGES, is_documented_edge, region_limits


def region_errors(region: str, place: Node, *, has_edge: bool) -> Iterator[Diagnostic]:
    """Report a region without a known edge, and warn of one that does not hold what an account needs."""
    if region not in EDGES and has_edge:
        yield _undocumented("region", region, EDGES, place)
    elif region not in EDGES:
        known = ", ".join(EDGES)
        yield error_at(
            place, Code.BAD_ENVIRONMENT, f"no edge is known for region '{region}'", f"write `edge`, or {known}"
        )
    summary, hint = region_limits(region)
    if summary:
        yield warning_at(place, Code.REGION, summary, hint)


def edge_warnings(edge: str, place: Node) -> Iterator[Diagnostic]:
    """Warn of an edge that Twilio does not document: most likely, its host does not exist."""
    if not is_documented_edge(edge):
        yield _undocumented("edge", edge, EDGES.values(), place)


def _undocumented(what: str, value: str, documented: Collection[str], place: Node) -> Diagnostic:
    hint = did_you_mean(value, documented) or f"documented {what}s: {', '.join(documented)}"
    return warning_at(place, Code.LINT, f"Twilio does not document the {what} '{value}'", hint)


def region_warnings(resources: Iterable[Desired], region: str) -> Iterator[Diagnostic]:
    """Warn of declared values that Twilio does not offer in a region."""
    for desired in resources:
        for name, value in desired.fields.items():
            for gap in desired.kind.by_name[name].gaps:
                if gap.region == region and gap.covers(value):
                    place = desired.nodes.get(name, desired.written)
                    summary = f"Twilio does not offer {gap.feature} in the region {region}"
                    yield warning_at(place, Code.REGION, summary, "remove it, or use us1")
