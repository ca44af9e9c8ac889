"""The times of Terraform and confsync, as Markdown."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

COLUMNS = (("Terraform", 10), ("Terraform", 64), ("confsync", 32), ("confsync", 128))
FIGURES = Path(__file__).resolve().parents[2] / "benchmarks" / "comparison.toml"


def comparison_table(file: Path = FIGURES) -> Iterator[str]:
    """Yield a table of the figures, and the sentence that says how they were measured."""
    figures = tomllib.loads(file.read_text("utf-8"))
    columns = [f"{tool}, {requests} concurrent requests" for tool, requests in COLUMNS]
    yield f"| | {' | '.join(columns)} |"
    yield "|---|---:|---:|---:|---:|"
    for row in figures["row"]:
        times = [*row["terraform"], *row["confsync"]]
        yield f"| {row['what']} | {' | '.join(_marked(time, times) for time in times)} |"
    yield ""
    yield f"Measured on {figures['date']} with {figures['versions']}, on {figures['machine']}.\n{figures['note']}"


def _marked(time: float, times: list[float]) -> str:
    """Set the shortest time of a row in bold."""
    text = f"{time:.2f} s"
    return f"**{text}**" if time == min(times) else text
