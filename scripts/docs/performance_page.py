"""The tables of the pages on performance and benchmarks, from the files that the benchmarks write."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parents[2] / "benchmarks" / "results"
Figure = Mapping[str, Any]
Results = Mapping[str, Mapping[str, Any]]

TARGETS = {
    "P1": "time of a plan without changes, 100 and 1,000 services: at most 0.4 s more than 1.15 times the lower bound",
    "P2": "speed compared with the SDK when it sends one request after another, 1,000 services",
    "P3": "speed compared with the asynchronous SDK, concurrency 64: not slower",
    "P4": "requests of a plan without changes: exactly the formula",
    "P5": "writes of an apply without changes: none",
    "P6": "CPU time per read, 1,000 services",
    "P7": "time to parse and validate a large configuration, relative to two parsers",
    "P8": "time to compare resources that are in sync, without calling DeepDiff",
    "P9": "start-up time, relative to starting Python alone",
    "P10": "growth: time per service, 1,000 services relative to 100",
    "P11": "peak memory",
    "P12": "time to apply 1,000 creates in 50 services, relative to the lower bound",
    "P13": "speed of a first apply, compared with the SDK; plan of 1 or 10 services, minus three times the latency",
}
"""Every target, in words."""

OTHER_TOOLS = ("plan.sdk-", "plan.wall.", "start-up.", "first-apply.")
"""How the names begin of the figures that compare confsync with other tools."""

FLEET = 10_000
SMALL, LARGE, HUGE = "plan.wall.10.128", "plan.wall.1000.128", "scale.wall.5000.2"


def read_results(folder: Path = RESULTS) -> Results:
    """Read the file of each benchmark that has run."""
    files = sorted(folder.glob("*.json"))
    return {path.stem: json.loads(path.read_text("utf-8")) for path in files}


SIZES = (1, 10, 100, 1_000)
"""The numbers of services in the table for users."""


def times_table(results: Results) -> Iterator[str]:
    """Yield a table of what a plan and a first apply take, for different numbers of services."""
    figures = {each["name"]: each for each in figures_of(results) if each["runs"]}
    rows = [(f"plan.wall.{size}.128", f"first-apply.wall.{size}.128", f"plan.memory.{size}.128") for size in SIZES]
    rows.append((HUGE, "", HUGE.replace(".wall.", ".memory.")))
    yield "| services | plan | requests of the plan | memory of the plan | first apply |"
    yield "|---:|---:|---:|---:|---:|"
    for size, (plan, apply, memory) in zip((*SIZES, 5_000), rows, strict=True):
        if plan in figures:
            requests = figures[plan]["note"].partition(" requests")[0]
            cells = (_rounded(figures[plan]), requests, _rounded(figures.get(memory)), _rounded(figures.get(apply)))
            yield f"| {size:,} | {' | '.join(cells)} |"


def _rounded(figure: Figure | None) -> str:
    """Format a median, alone and with as few digits as a user needs."""
    digits = 1 if figure and figure["unit"] == "s" else 0
    return f"{figure['median']:,.{digits}f} {figure['unit']}" if figure else ""


def target_table(results: Results) -> Iterator[str]:
    """Yield a table of the targets with what was measured, and how it was measured."""
    found = figures_of(results)
    yield "| target | figure | limit | measured: median (range) | runs | holds |"
    yield "|---|---|---:|---:|---:|---|"
    for target, meaning in TARGETS.items():
        yield f"| **{target}** | **{meaning}** | | | | |"
        figures = [each for each in found if each["target"] == target]
        for each in figures:
            cells = (each["figure"], limit_of(each), measured(each), f"{each['runs'] or ''}", verdict(each))
            yield f"| | {' | '.join(cells)} |"
        if not figures:
            yield "| | not measured yet | | | | |"
    yield ""
    yield from provenance(results)


def other_tools_table(results: Results) -> Iterator[str]:
    """Yield a table of the times of confsync and of other tools."""
    yield "| figure | measured: median (range) | runs | note |"
    yield "|---|---:|---:|---|"
    for each in figures_of(results):
        if each["name"].startswith(OTHER_TOOLS):
            yield f"| {each['figure']} | {measured(each)} | {each['runs'] or ''} | {each['note']} |"


def benchmark_table(results: Results, *names: str) -> Iterator[str]:
    """Yield a table of all figures of some benchmarks."""
    yield "| figure | measured: median (range) | runs |"
    yield "|---|---:|---:|"
    for name in names:
        for each in results.get(name, {}).get("figures", ()):
            yield f"| {each['figure']} | {measured(each)} | {each['runs'] or ''} |"
        if name not in results:
            yield f"| `{name}`: not measured yet | | |"


WAYS = ("plain", "TLS", "TLS-proxy")
"""How requests of the benchmark of transports go: unencrypted, encrypted, and encrypted through a proxy."""


def transports_table(results: Results) -> Iterator[str]:
    """Yield a table with a row for each transport and the CPU time of a request for each way."""
    figures = {each["name"]: each for each in results.get("transports", {}).get("figures", ())}
    yield "| transport | http: CPU per request | https | https through a proxy |"
    yield "|---|---:|---:|---:|"
    if not figures:
        yield "| not measured yet | | | |"
    for name, first in figures.items():
        transport, _, kind = name.removeprefix("transports.").partition(".")
        if kind == "plain.cpu":
            found = [figures.get(f"transports.{transport}.{way}.cpu") for way in WAYS]
            title = first["figure"].removeprefix("CPU per request, ").removesuffix(", plain")
            yield f"| {title} | {' | '.join(measured(each) if each else '' for each in found)} |"


def scale_table(results: Results) -> Iterator[str]:
    """Yield what the formula computes, compared with what was measured, and the time of a fleet."""
    figures = {each["name"]: each for each in figures_of(results) if each["runs"]}
    if not {SMALL, LARGE}.issubset(figures):
        yield "Not measured yet."
        return
    small, large = figures[SMALL]["median"], figures[LARGE]["median"]
    each_read = (large - small) / (reads(1_000) - reads(10))
    yield "| what | value | how |"
    yield "|---|---:|---|"
    yield f"| plan of 10 services, *t₁₀* | {small:.2f} s | measured |"
    yield f"| plan of 1,000 services | {large:.2f} s | measured |"
    yield f"| each further read, *r* | {each_read * 1000:.2f} ms | computed from the two rows above |"
    computed = small + each_read * (reads(5_000) - reads(10))
    yield f"| plan of 5,000 services | {computed:.1f} s | **computed** with the formula |"
    for name in (each for each in figures if each.startswith("scale.wall.")):
        memory = figures[name.replace(".wall.", ".memory.")]["median"]
        yield f"| {figures[name]['figure']} | {figures[name]['median']:.1f} s, {memory:.0f} MB | measured |"
    yield from fleet_rows(small, large, figures.get("plan.cpu-total.10.128"))


def fleet_rows(small: float, large: float, cpu: Figure | None) -> Iterator[str]:
    """Yield what a fleet of accounts takes."""
    accounts = f"plans of {FLEET:,} accounts with"
    yield f"| {accounts} 10 services each, one after another | {hours(FLEET * small)} | **computed** |"
    yield f"| the same plans, 32 at a time on enough cores | {hours(FLEET * small / 32)} | **computed** |"
    if cpu:
        yield f"| CPU time of the same plans, on any number of cores | {hours(FLEET * cpu['median'])} | **computed** |"
    yield f"| {accounts} 1,000 services each, one after another | {hours(FLEET * large)} | **computed** |"


def reads(services: int) -> int:
    """Return the reads of a plan of the benchmark: four in each service, the pages of services, and three others."""
    return 3 + -(-(services + 1) // 100) + 4 * services


def hours(seconds: float) -> str:
    """Write a long time."""
    return f"{seconds / 3600:.1f} h" if seconds >= 3600 else f"{seconds / 60:.0f} min"  # noqa: PLR2004 — an hour


def provenance(results: Results) -> Iterator[str]:
    """Yield how the figures were measured, once for all benchmarks that ran together."""
    runs: dict[str, list[str]] = {}
    for name, each in results.items():
        machine = each["machine"]
        how = (
            f"{each['date']}, commit `{each['revision']}`, {machine['system']}, {machine['cores']} cores, "
            f"Python {machine['python']}, {each['effort']} run"
        )
        runs.setdefault(how, []).append(f"`{name}` (load {machine['load']})")
    for how, names in runs.items():
        yield f"* {how}: {', '.join(names)}."


def figures_of(results: Results) -> Sequence[Figure]:
    """Return the figures of all benchmarks."""
    return [each for document in results.values() for each in document["figures"]]


def measured(figure: Figure) -> str:
    """Format a median with its range."""
    if not figure["runs"]:
        return f"not measured: {figure['note']}"
    unit, low, high = figure["unit"], figure["min"], figure["max"]
    middle = number(figure["median"], unit)
    spread = "" if low == high else f" ({number(low, unit)} to {number(high, unit)})"
    return f"{middle} {unit}{spread}"


def limit_of(figure: Figure) -> str:
    """Format a limit."""
    if figure["limit"] is None:
        return ""
    if not figure["limit"]:
        return "none"
    limit = f"{figure['limit']:,.2f}".rstrip("0").rstrip(".")
    return f"{'at least' if figure['at_least'] else 'at most'} {limit} {figure['unit']}"


def number(value: float, unit: str) -> str:
    """Format a number with the digits that its unit deserves."""
    if unit in ("requests", "calls", "MB"):
        return f"{value:,.0f}"
    return f"{value:.2f}" if value < 100 else f"{value:,.0f}"  # noqa: PLR2004 — three digits


def verdict(figure: Figure) -> str:
    """Say whether a target holds."""
    return {True: "yes", False: "**no**", None: ""}[figure["holds"]]
