"""Measures how long a large configuration takes to read, compared with the parsers alone (P7).

The loader of ruamel.yaml that can write a file back is measured once, in a process of its own, if `.venv-peers` has it.
"""

import gc
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import yaml
from measurement import PEERS, Effort, Figure, missing

from confsync.config.config import LoadOptions
from confsync.config.load import load_files
from confsync.config.merge import merge_files
from confsync.config.references.substitution import substitute_references
from confsync.config.tree import File, Mapping
from confsync.config.variables.values import Variables
from confsync.config.yaml import parse_yaml

SERVICES = 1_000
SAMPLE = 20
FILES = 3
ROLES = 10
REFERENCE = "PyYAML C parser, compose"
OURS = "confsync: parse and validate"
ROUND_TRIP = """\
import sys, time
from pathlib import Path
from ruamel.yaml import YAML
texts = [Path(each).read_text(encoding="utf-8") for each in sys.argv[1:]]
began = time.perf_counter()
for text in texts:
    YAML().load(text)
print(time.perf_counter() - began)
"""

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


def measure(effort: Effort) -> Iterator[Figure]:
    """Measure each of them in turn, several times, and compare the medians."""
    files = configuration(SAMPLE if effort.sample else SERVICES)
    works = dict(contenders(files))
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(effort.times(9)):
        for name, work in works.items():
            times[name].append(seconds(work))
    lines = f"{sum(len(file.lines) for file in files):,} lines"
    for name, values in times.items():
        yield Figure(f"parse.{name}", f"{name}, {lines}", "s", values)
    base, ours = statistics.median(times[REFERENCE]), times[OURS]
    ratios = [each / base for each in ours]
    yield Figure("parse.ratio", f"parse and validate over the C parser alone, {lines}", "x", ratios, "P7", 2.5)
    yield from compared_with_round_trip(files, ours, lines)


def compared_with_round_trip(files: list[File], ours: list[float], lines: str) -> Iterator[Figure]:
    """Yield how much longer the loader of ruamel.yaml takes that keeps comments."""
    name, what = "parse.round-trip", f"round-trip loader over parse and validate, {lines}"
    python = PEERS / "bin" / "python"
    if not python.exists() or subprocess.run((python, "-c", "import ruamel.yaml"), check=False).returncode:
        yield missing(name, what, "ruamel.yaml is not installed: `.venv-peers/bin/pip install ruamel.yaml`", "P7")
        return
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, file.path) for file in files]
        for path, file in zip(paths, files, strict=True):
            path.write_bytes(file.raw)
        done = subprocess.run((python, "-c", ROUND_TRIP, *paths), capture_output=True, text=True, check=True)
    ratios = [float(done.stdout) / each for each in ours]
    yield Figure(name, what, "x", ratios, "P7", 10.0, at_least=True, note=f"{float(done.stdout):.1f} s, measured once")


def configuration(services: int) -> list[File]:
    """Build files of at most 1 MiB; 1,000 services are more than 10,000 resources in 94,000 lines."""
    share = services // FILES + 1
    starts = range(0, services, share)
    return [File(f"{start}.yaml", document(range(start, min(start + share, services)))) for start in starts]


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


def contenders(files: list[File]) -> Iterator[tuple[str, Callable[[], object]]]:
    """List what to measure, by name. The first is the reference of the ratios."""
    texts = [file.raw.decode() for file in files]
    tree = read(files)
    nothing = Variables({}, {})
    yield REFERENCE, lambda: [yaml.compose(text, yaml.CSafeLoader) for text in texts]
    yield "PyYAML C parser, events", lambda: [count_events(yaml.CSafeLoader(text)) for text in texts]
    if find_spec("_ruamel_yaml"):
        loader: Any = import_module("ruamel.yaml.cyaml").CSafeLoader
        yield "ruamel.yaml.clib, compose", lambda: [loader(text).get_single_node() for text in texts]
        yield "ruamel.yaml.clib, events", lambda: [count_events(loader(text)) for text in texts]
    yield "confsync: parse and merge", lambda: read(files)
    yield OURS, lambda: load_files(tuple(files), LoadOptions(environ={}))
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
