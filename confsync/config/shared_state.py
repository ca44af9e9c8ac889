"""`lock` and `ledger`: a file on this machine, or a ref of a Git remote that several machines share.

Each is `file`, `git`, or a mapping of `store`, `remote` and `ref`.
"""

import re
from collections.abc import Iterator
from typing import Annotated, Literal

from msgspec import Meta, Struct

from confsync.config.codes import Code
from confsync.config.tree import Mapping, Pair, Scalar, error_at
from confsync.config.written import Written
from confsync.diagnostics import Diagnostic


class WrittenStore(Written, frozen=True):
    """Where the lock or the ledger is."""

    store: Annotated[Literal["file", "git"], Meta(description="`file`: on this machine. `git`: a ref of a Git remote.")]
    remote: Annotated[str, Meta(description="The Git remote, by its name in `git remote`.", examples=["origin"])] = (
        "origin"
    )
    ref: Annotated[
        str | None,
        Meta(
            description="The full name of the ref, such as `refs/heads/confsync-ledger`.",
            examples=["refs/heads/confsync-ledger"],
        ),
    ] = None


class RemoteRef(Struct, frozen=True):
    """A ref of a Git remote."""

    remote: str
    ref: str

    def __str__(self) -> str:
        return f"{self.ref} of {self.remote}"


STORES = ("lock", "ledger")
"""The keys of a policy that say where something is."""

LEDGER_REF = "refs/confsync/ledger"


def lock_ref(written: WrittenStore | None, environment: str | None) -> RemoteRef | None:
    """Return the ref that is the lock of an environment; None if its lock is a file."""
    return _remote_ref(written, f"refs/confsync/lock-{environment}" if environment else "refs/confsync/lock")


def ledger_ref(written: WrittenStore | None) -> RemoteRef | None:
    """Return the ref that has the ledger; None if the ledger is a file."""
    return _remote_ref(written, LEDGER_REF)


def _remote_ref(written: WrittenStore | None, ref: str) -> RemoteRef | None:
    if written is None or written.store == "file":
        return None
    return RemoteRef(written.remote, written.ref or ref)


def long_form(word: str, value: object) -> object:
    """Return what the short form of a key means: `lock: git` is `lock: {store: git}`."""
    return {"store": value} if word in STORES and isinstance(value, str) else value


def store_errors(node: Mapping) -> Iterator[Diagnostic]:
    """Report the `lock` and the `ledger` of a policy that cannot work. Errors of type are not repeated."""
    texts = {word: _texts(node.get(word)) for word in STORES}
    for word, found in texts.items():
        yield from _errors_of_one(word, found)
    (lock, lock_entry), (ledger, _) = (_place(texts[word]) for word in STORES)
    if lock_entry and lock == ledger:
        hint = "choose another `ref` for one of them"
        yield error_at(lock_entry.node, Code.BAD_TERMS, "the lock and the ledger are the same ref", hint)


_REMOTE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_REF = re.compile(r"refs(/(?!\.)(?!.*\.\.)[A-Za-z0-9._+=-]+(?<!\.lock)(?<!\.))+")


def _texts(section: object) -> dict[str, tuple[str, Pair]]:
    """Return the keys of a section that are text, with their entries."""
    items = section.items if isinstance(section, Mapping) else {}
    return {
        key: (entry.node.value, entry)
        for key, entry in items.items()
        if isinstance(entry.node, Scalar) and isinstance(entry.node.value, str)
    }


def _errors_of_one(word: str, found: dict[str, tuple[str, Pair]]) -> Iterator[Diagnostic]:
    store, _ = found.get("store", ("git", None))
    for key in ("remote", "ref"):
        if store == "file" and key in found:
            summary = f"a {word} in a file has no `{key}`"
            yield error_at(found[key][1], Code.BAD_TERMS, summary, "remove it, or write `store: git`")
    remote, ref = found.get("remote"), found.get("ref")
    if remote and not _REMOTE.fullmatch(remote[0]):
        hint = "add the remote with `git remote add NAME URL`, and write its name here"
        yield error_at(remote[1].node, Code.BAD_TERMS, "this is not the name of a Git remote", hint)
    if ref and not _REF.fullmatch(ref[0]):
        hint = "write its full name, such as `refs/heads/confsync-ledger`"
        yield error_at(ref[1].node, Code.BAD_TERMS, "this is not the name of a ref", hint)


def _place(found: dict[str, tuple[str, Pair]]) -> tuple[tuple[str, str], Pair | None]:
    remote, _ = found.get("remote", ("origin", None))
    ref, entry = found.get("ref", ("", None))
    return (remote, ref), entry
