"""YAML for the tests that write much of it: PyYAML's C implementation is ten times as fast as the default one."""

from typing import Any

import yaml


def load_yaml(text: str) -> Any:  # noqa: ANN401 — the text may hold anything
    """Read YAML without checks of ours."""
    return yaml.load(text, Loader=yaml.CSafeLoader)


def dump_yaml(tree: object) -> str:
    """Write YAML, in the order of the tree."""
    return str(yaml.dump(tree, Dumper=yaml.CSafeDumper, sort_keys=False))
