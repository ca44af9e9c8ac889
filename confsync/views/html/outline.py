"""The tree of resources on the page: each one with an entry links to it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from confsync.views.html.page import NOTHING, Markup, element, joined, sign
from confsync.views.wording import SYMBOLS


class Leaf(NamedTuple):
    """The path of a resource below a branch, its actions, and the id of its entry."""

    path: tuple[str, ...]
    actions: Sequence[str]
    card: str


def outline(entries: Mapping[str, tuple[str, Sequence[str]]]) -> Markup:
    """Render the tree of the address and the actions of each entry. Without the page's script it is a list of links."""
    if not entries:
        return NOTHING
    leaves = [Leaf(tuple(address.split("/")), actions, name) for name, (address, actions) in entries.items()]
    tree = element("ul", *_branches(leaves), class_="tree", aria_label="Resources")
    return element("details", element("summary", "Resources"), element("nav", tree), id="outline", open=True)


def _branches(leaves: Iterable[Leaf]) -> Iterator[Markup]:
    below: dict[str, list[Leaf]] = {}
    for leaf in leaves:
        below.setdefault(leaf.path[0], []).append(leaf._replace(path=leaf.path[1:]))
    for name, inside in below.items():
        yield _branch(name, inside)


def _branch(name: str, inside: Sequence[Leaf]) -> Markup:
    """Render a branch. A section with one resource shares a line with it, as in `roles/agent`."""
    steps = {leaf.path[:1] for leaf in inside}
    if len(steps) == 1 and (step := steps.pop()):
        return _branch(f"{name}/{step[0]}", [leaf._replace(path=leaf.path[1:]) for leaf in inside])
    own = sorted((leaf for leaf in inside if not leaf.path), key=_weight)
    rest = [leaf for leaf in inside if leaf.path]
    return element(
        "li",
        _own(name, own) if own else _section(name, rest),
        element("ul", *_branches(rest)) if rest else NOTHING,
        data_cards=" ".join(leaf.card for leaf in own),
    )


def _weight(leaf: Leaf) -> int:
    # Of two changes at one address, the link leads to the more severe one.
    actions = list(SYMBOLS)
    return min((actions.index(each) for each in leaf.actions if each in actions), default=0)


def _own(name: str, own: Sequence[Leaf]) -> Markup:
    actions = [action for leaf in own for action in leaf.actions]
    words = element("span", f" {', '.join(actions)}", class_="unseen")
    signs = joined(sign(leaf.actions) for leaf in own)
    return element("a", signs, element("span", name), words, class_="node", href=f"#{own[0].card}")


def _section(name: str, rest: Sequence[Leaf]) -> Markup:
    """Render a section without a change of its own, with the most severe action in it."""
    actions = {each for leaf in rest for each in leaf.actions}
    worst = next((each for each in SYMBOLS if each in actions), "")
    count = element("small", f"{len(rest):,}", element("span", " changes", class_="unseen"))
    return element("span", sign([worst], "·"), element("span", name), count, class_="node")
