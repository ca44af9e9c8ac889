"""A section, or most of what is in it, that is gone, empty, nothing, or called something else."""

from confsync.exit_codes import ExitCode
from tests.acceptance.mutants.mutant import (
    DONE,
    INVALID,
    REFUSED,
    Edit,
    Mutant,
    Tree,
    at,
    edited,
    put,
    renamed,
    text,
    without,
)

SECTIONS_OF_ALL: tuple[tuple[str, ExitCode, ExitCode], ...] = (
    ("services", DONE, DONE),
    ("services/support", DONE, REFUSED),
    ("services/sales", DONE, REFUSED),
    ("services/support/roles", REFUSED, REFUSED),
    ("services/support/users", REFUSED, REFUSED),
    ("services/support/conversations", REFUSED, REFUSED),
    ("services/support/conversations/lounge", REFUSED, DONE),
    ("services/support/conversations/lounge/participants", REFUSED, REFUSED),
    ("services/support/conversations/lounge/webhooks", REFUSED, REFUSED),
    ("services/sales/roles", REFUSED, REFUSED),
    ("services/sales/users", REFUSED, REFUSED),
    ("services/sales/conversations", REFUSED, REFUSED),
    ("services/night/roles", REFUSED, REFUSED),
    ("credentials", DONE, DONE),
    ("account", DONE, DONE),
    ("account/addresses", DONE, DONE),
)
"""Each section, and how an apply ends without it, and with nothing in it."""

PAIRS = ("services/sales/users", "services/sales/conversations")
"""Of which half is exactly one."""

NAMED = ("services", "support", "sales", "lounge")
"""Of which the last step is a name rather than a word of the language, and so may be any other."""


def _half(path: str) -> Edit:
    """Keep the first half of what is in a section, or less."""

    def edit(tree: Tree) -> None:
        members = at(tree, path)
        for name in list(members)[len(members) // 2 :]:
            del members[name]

    return edit


def _moved(path: str, to: str) -> Edit:
    """Move what is in a section into another."""

    def edit(tree: Tree) -> None:
        members = at(tree, path)
        at(tree, to).update(members)
        members.clear()

    return edit


GONE = tuple(text(f"gone: {path}", edited(without(path)), ends) for path, ends, _ in SECTIONS_OF_ALL)
EMPTY = tuple(text(f"empty: {path}", edited(put(path, {})), ends) for path, _, ends in SECTIONS_OF_ALL)
NOTHING = tuple(text(f"null: {path}", edited(put(path, None)), INVALID) for path, _, _ in SECTIONS_OF_ALL)
LISTS = tuple(text(f"a list: {path}", edited(put(path, [])), INVALID) for path, _, _ in SECTIONS_OF_ALL)
MISSPELT = tuple(
    text(f"misspelt: {path}", edited(renamed(path, f"{path.rpartition('/')[2]}_old")), INVALID)
    for path, _, _ in SECTIONS_OF_ALL
    if path.rpartition("/")[2] not in NAMED or path == "services"
)
HALVES = tuple(
    text(f"half gone: {path}", edited(_half(path)), REFUSED)
    for path, ends, _ in SECTIONS_OF_ALL
    if ends is REFUSED and path.endswith("s") and path not in PAIRS
)
ONE_LOST = tuple(
    text(f"one of two gone: {path}", edited(_half(path)), DONE, path.rpartition("/")[2].capitalize()) for path in PAIRS
)
SCATTERED = (
    text(
        "gone: a role of each service",
        edited(
            *(
                without(f"services/{each}")
                for each in ("support/roles/clerk", "sales/roles/broker", "night/roles/nurse")
            )
        ),
        REFUSED,
    ),
    text(
        "gone: a user and a conversation of each service",
        edited(
            *(
                without(f"services/{each}")
                for each in (
                    "support/users/bob",
                    "sales/users/erin",
                    "support/conversations/garden",
                    "sales/conversations/leads",
                )
            )
        ),
        REFUSED,
    ),
)
MOVED = (
    text("moved: roles to another service", edited(_moved("services/sales/roles", "services/night/roles")), REFUSED),
    text("moved: users to another service", edited(_moved("services/sales/users", "services/support/users")), REFUSED),
    text(
        "moved: conversations to another service",
        edited(_moved("services/sales/conversations", "services/support/conversations")),
        REFUSED,
    ),
    text("renamed: a service's key, where its name says who it is", edited(renamed("services/sales", "trade")), DONE),
    text("renamed: a protected conversation", edited(renamed("services/support/conversations/lounge", "bar")), REFUSED),
)

SECTIONS: tuple[Mutant, ...] = (*GONE, *EMPTY, *NOTHING, *LISTS, *MISSPELT, *HALVES, *ONE_LOST, *SCATTERED, *MOVED)
