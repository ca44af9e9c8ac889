"""`patch` in an environment: what differs in its resources, merged over every file as the uppermost layer."""

from collections.abc import Iterator

from confsync.config.codes import Code
from confsync.config.merge import merge_layers
from confsync.config.tree import Mapping, Node, error_at
from confsync.diagnostics import Diagnostic, did_you_mean
from confsync.quoting import in_quotes
from confsync.resources import children_of

PATCH = "patch"


def patched(tree: Mapping, environment: str | None) -> Mapping:
    """Merge the patch of an environment over a tree; what is wrong with it is left out, as `patch_errors` reports."""
    patch = _patches(tree).get(environment or "")
    if patch is None:
        return tree
    known = _sections()
    return merge_layers(tree, patch.holding({name: each for name, each in patch.items.items() if name in known}))


def patched_environments(tree: Mapping) -> frozenset[str]:
    """Return the environments that have a patch."""
    return frozenset(_patches(tree))


def patch_errors(patch: Node | None, environment_keys: tuple[str, ...]) -> Iterator[Diagnostic]:
    """Report what a patch cannot have, whether its environment is chosen or not. Reading reports every other error."""
    if patch is None or patch.empty:
        return
    if not isinstance(patch, Mapping):
        yield error_at(patch, Code.NOT_A_SECTION, "`patch` must be a mapping of sections", "write `services:` below it")
        return
    known = _sections()
    for name, entry in patch.items.items():
        if name not in known:
            movable = name in environment_keys
            hint = "move it out of `patch`, into the environment" if movable else did_you_mean(name, known)
            summary = f"{in_quotes(name)} is not a section of resources, so it cannot be in `patch`"
            yield error_at(entry, Code.UNKNOWN_SECTION, summary, hint)


def _sections() -> tuple[str, ...]:
    return tuple(kind.section for kind in children_of(None))


def _patches(tree: Mapping) -> dict[str, Mapping]:
    environments = tree.get("environments")
    entries = environments.items.items() if isinstance(environments, Mapping) else ()
    found = ((name, entry.node.get(PATCH)) for name, entry in entries if isinstance(entry.node, Mapping))
    return {name: patch for name, patch in found if isinstance(patch, Mapping)}
