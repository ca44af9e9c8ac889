"""Measure how long a large configuration takes to read, compared with the parsers alone.

`python benchmarks/parse_yaml.py [--runs 9] [--round-trip]`. Absolute times depend on the machine, so
compare the ratios of one run. If ruamel.yaml is installed, it is measured too; `--round-trip` adds its slow loader.
"""

import argparse
import gc
import io
import statistics
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import yaml

from confsync.config.config import LoadOptions
from confsync.config.load import load_files
from confsync.config.merge import merge_files
from confsync.config.references.substitution import substitute_references
from confsync.config.tree import File, Mapping
from confsync.config.variables.values import Variables
from confsync.config.yaml import parse_yaml

SERVICES = 1_000
FILES = 3
ROLES = 10

SERVICE = """\
  support-{number}:
    friendly_name: Support desk {number}
    configuration:
      default_conversation_role: agent-0
      reachability_enabled: true
    notifications:
      new_message: {{enabled: true, template: "${{PARTICIPANT}}: ${{MESSAGE}}", badge_count_enabled: true}}
      log_enabled: false
    webhooks:
      post_webhook_url: https://hooks.example.com/desks/{number}
      method: POST
      filters: [onMessageAdded]
    lifecycle: {{protect: true}}
    roles:
"""
ROLE = """\
      agent-{number}:
        type: conversation
        # The permissions of this rank.
        permissions:
          - sendMessage
          - leaveConversation
          - editOwnMessage
          - deleteOwnMessage
"""


def configuration() -> list[File]:
    """Build files of at most 1 MiB with more than 10,000 resources in 94,000 lines in all."""
    share = SERVICES // FILES + 1
    starts = range(0, SERVICES, share)
    return [File(f"{start}.yaml", document(range(start, min(start + share, SERVICES)))) for start in starts]


def document(numbers: range) -> bytes:
    """Build one file of the configuration."""
    roles = "".join(ROLE.format(number=number) for number in range(ROLES))
    return ("version: 1\nservices:\n" + "".join(SERVICE.format(number=number) + roles for number in numbers)).encode()


def read(files: list[File]) -> Mapping:
    """Read as confsync does: every value with its position, within the limits."""
    trees = [parse_yaml(file) for file in files]
    whole, mistakes = merge_files([tree for tree, _ in trees if tree])
    if mistakes or any(diagnostics for _, diagnostics in trees):
        raise SystemExit("the configuration of the benchmark has mistakes")
    return whole


def contenders(files: list[File], *, round_trip: bool) -> Iterator[tuple[str, Callable[[], object]]]:
    """List what to measure, by name. The first is the reference of the ratios."""
    texts = [file.raw.decode() for file in files]
    tree = read(files)
    nothing = Variables({}, {})
    yield "PyYAML C parser, compose", lambda: [yaml.compose(text, yaml.CSafeLoader) for text in texts]
    yield "PyYAML C parser, events", lambda: [count_events(yaml.CSafeLoader(text)) for text in texts]
    if find_spec("_ruamel_yaml"):
        loader: Any = import_module("ruamel.yaml.cyaml").CSafeLoader
        yield "ruamel.yaml.clib, compose", lambda: [loader(text).get_single_node() for text in texts]
        yield "ruamel.yaml.clib, events", lambda: [count_events(loader(text)) for text in texts]
    if round_trip:
        ruamel: Any = import_module("ruamel.yaml")
        yield "ruamel.yaml, round trip", lambda: [ruamel.YAML().load(io.StringIO(text)) for text in texts]
    yield "confsync: parse and merge", lambda: read(files)
    yield "confsync: parse and validate", lambda: load_files(tuple(files), LoadOptions(environ={}))
    yield "confsync: substitute, no references", lambda: substitute_references(tree, nothing)


def count_events(parser: Any) -> int:  # noqa: ANN401 - a parser of either library
    """Count all events of a parser."""
    return sum(1 for _ in iter(parser.get_event, None))


def seconds(work: Callable[[], object]) -> float:
    """Time one run without garbage collection, and without freeing the result."""
    gc.collect()
    gc.disable()
    try:
        began = time.perf_counter()
        result = work()
        spent = time.perf_counter() - began
        del result
        return spent
    finally:
        gc.enable()


def main() -> None:
    """Measure each of them in turn, several times, and print a table."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--runs", type=int, default=9)
    asked.add_argument("--round-trip", action="store_true")
    options = asked.parse_args()
    files = configuration()
    works = dict(contenders(files, round_trip=options.round_trip))
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(options.runs):
        for name, work in works.items():
            times[name].append(seconds(work))
    lines, size = sum(len(file.lines) for file in files), sum(len(file.raw) for file in files)
    print(f"{lines:,} lines, {size / 1e6:.1f} MB, {len(files)} files, {options.runs} runs each\n")
    print_table(times)


def print_table(times: dict[str, list[float]]) -> None:
    """Print the median and the range of each, and its ratio to the first."""
    base = statistics.median(next(iter(times.values())))
    print(f"{'':38}{'median':>9}{'min':>9}{'max':>9}{'ratio':>8}")
    for name, found in times.items():
        middle = statistics.median(found)
        print(f"{name:38}{middle:8.3f}s{min(found):8.3f}s{max(found):8.3f}s{middle / base:8.2f}")


if __name__ == "__main__":
    main()
