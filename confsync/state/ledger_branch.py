"""A ledger on a ref of a Git remote: reads it there, and replaces it with a push.

The ref is a branch whose files have the paths that they would have in the work tree, so that the environments of a
repository share it. Nothing here touches the work tree, the index or the current branch.
"""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from msgspec import Struct

from confsync.errors import CorruptLedger, GitRemoteError, LocalFileError
from confsync.state.git_remote import GitRef
from confsync.state.ledger import Ledger
from confsync.state.ledger_file import REBUILD_HINT, check_ledger_owner, ledger_text, parse_ledger
from confsync.state.ledger_name import MOST_STATE_BYTES

_MOST_PUSHES = 5
"""How often a push is repeated if something else on the ref changed in between."""

_MOST_COMMITS = 1_000
"""How many commits are searched for an earlier ledger."""


class LedgerBranch:
    """The ledger of one environment on a ref."""

    def __init__(self, ref: GitRef, path: Path) -> None:
        self.ref = ref
        self.path = path
        self._seen: str | None = None
        self._parts = path.resolve().relative_to(ref.top.resolve()).parts

    def __str__(self) -> str:
        return f"{'/'.join(self._parts)} on {self.ref}"

    def read(self, *, account_sid: str, host: str) -> Ledger | None:
        """Read the ledger from the remote, or return None if it has none.

        Raises GitRemoteError, CorruptLedger, LocalFileError, and Refused if it belongs to another account or host.
        """
        ledger = self.read_any()
        if ledger:
            check_ledger_owner(self, ledger, account_sid=account_sid, host=host)
        return ledger

    def read_any(self) -> Ledger | None:
        """Read the ledger of any account from the remote, or return None. Raises what `read` raises."""
        return self._ledger_at(self._fetched_tip())

    def at_serial(self, serial: int) -> Ledger | None:
        """Find the ledger with a serial among those that the ref had, or return None. Raises GitRemoteError."""
        tip = self._fetched_tip()
        return next((each for each in self._earlier(tip) if each.serial == serial), None) if tip else None

    def others(self) -> "Iterator[LedgerBranch]":
        """Yield the other ledgers that were beside it when it was read last. Raises GitRemoteError."""
        tip = self._seen or self._fetched_tip()
        names = (each.name for each in self._items(self._folder_at(tip)) if each.type == "blob") if tip else ()
        for name in names:
            if fnmatchcase(name, "confsync.ledger*.json") and name != self.path.name:
                yield LedgerBranch(self.ref, self.path.with_name(name))

    def push(
        self, ledger: Ledger, over: Ledger | None, *, corrupt: bool = False, moved: "LedgerBranch | None" = None
    ) -> None:
        """Replace the ledger on the remote, if it still is `over`, or if it is `corrupt`; remove the one that `moved`.

        Raises GitRemoteError.
        """
        blob = self.ref.run("hash-object", "-w", "--stdin", stdin=ledger_text(ledger).encode()).decode().strip()
        for _ in range(_MOST_PUSHES):
            tip = self._fetched_tip()
            if not corrupt:
                self._check_unchanged(self._ledger_at(tip), over)
            tree = self._tree_with(f"{tip}^{{tree}}" if tip else None, self._parts, blob)
            if moved:
                tree = self._tree_with(tree, moved._parts, None)  # noqa: SLF001 — of the same class
            message = f"Ledger {self.path.name}, serial {ledger.serial}\n"
            commit = self.ref.commit(tree, message, *((tip,) if tip else ()))
            if self.ref.replace(tip, commit):
                return
        raise self._too_busy()

    def read_sibling(self, name: str) -> str | None:
        """Read another file in the ledger's folder on the ref, or return None if there is none.

        Raises GitRemoteError, and LocalFileError if it is too large or not text.
        """
        tip = self._fetched_tip()
        item = self._item(f"{tip}^{{tree}}", self._sibling_parts(name)) if tip else None
        if item is None:
            return None
        content = self.ref.run("cat-file", "blob", item.object)
        if len(content) > MOST_STATE_BYTES:
            raise LocalFileError(f"{name} on {self.ref} is too large.", hint=f"Remove it from {self.ref}.")
        return content.decode(errors="replace")

    def push_sibling(self, name: str, text: str, message: str) -> None:
        """Replace another file in the ledger's folder on the ref. Raises GitRemoteError."""
        blob = self.ref.run("hash-object", "-w", "--stdin", stdin=text.encode()).decode().strip()
        for _ in range(_MOST_PUSHES):
            tip = self._fetched_tip()
            tree = self._tree_with(f"{tip}^{{tree}}" if tip else None, self._sibling_parts(name), blob)
            if self.ref.replace(tip, self.ref.commit(tree, f"{message}\n", *((tip,) if tip else ()))):
                return
        raise self._too_busy()

    def _sibling_parts(self, name: str) -> tuple[str, ...]:
        return (*self._parts[:-1], name)

    def _too_busy(self) -> GitRemoteError:
        return GitRemoteError(
            f"{self.ref} changes too often: {_MOST_PUSHES} pushes came too late.", hint="Run it again."
        )

    def _check_unchanged(self, found: Ledger | None, over: Ledger | None) -> None:
        if found and (over is None or (found.serial, found.lineage) != (over.serial, over.lineage)):
            raise GitRemoteError(
                f"The ledger {self} was replaced in the meantime: it has serial {found.serial} now.",
                hint="Run `confsync ledger push`: it merges the two ledgers.",
            )

    def _fetched_tip(self) -> str | None:
        tip = self.ref.tip()
        if tip is not None and not self.ref.fetch(tip):
            raise GitRemoteError(f"{self.ref} changed while it was fetched.", hint="Run it again.")
        self._seen = tip
        return tip

    def _earlier(self, tip: str) -> Iterator[Ledger]:
        path = "/".join(self._parts)
        log = self.ref.run("--literal-pathspecs", "log", f"-{_MOST_COMMITS}", "--format=%H", tip, "--", path)
        for commit in log.decode().split():
            try:
                ledger = self._ledger_at(commit)
            except CorruptLedger:
                continue
            if ledger:
                yield ledger

    def _ledger_at(self, commit: str | None) -> Ledger | None:
        """Read the ledger in a commit that is here."""
        item = self._item(f"{commit}^{{tree}}", self._parts) if commit else None
        if item is None:
            return None
        content = self.ref.run("cat-file", "blob", item.object)
        try:
            text = content.decode()
        except UnicodeDecodeError as error:
            raise CorruptLedger(f"The ledger {self} cannot be read: {error}.", hint=REBUILD_HINT) from error
        if len(content) > MOST_STATE_BYTES:
            raise CorruptLedger(f"The ledger {self} is corrupt: it is too large.", hint=REBUILD_HINT)
        return parse_ledger(self, text)

    def _item(self, tree: str, parts: tuple[str, ...]) -> "_TreeItem | None":
        found = next((each for each in self._items(tree) if each.name == parts[0]), None)
        return self._item(found.object, parts[1:]) if found and parts[1:] else found

    def _folder_at(self, commit: str) -> str:
        """Return the tree of the ledger's folder in a commit, or the empty tree."""
        top, folder = f"{commit}^{{tree}}", self._parts[:-1]
        found = self._item(top, folder) if folder else None
        return found.object if found else top if not folder else self.ref.empty_tree()

    def _items(self, tree: str) -> "Iterator[_TreeItem]":
        for line in self.ref.run("ls-tree", "-z", "--full-tree", tree).decode("utf-8", "surrogateescape").split("\0"):
            if line:
                about, _, name = line.partition("\t")
                mode, kind, object_id = about.split()
                yield _TreeItem(mode, kind, object_id, name)

    def _tree_with(self, tree: str | None, parts: tuple[str, ...], blob: str | None) -> str:
        """Create a tree in which a path is a blob, or does not exist for None, and everything else is as before."""
        items = {each.name: each for each in self._items(tree)} if tree else {}
        name, *rest = parts
        if rest:
            below = items[name].object if name in items and items[name].type == "tree" else None
            items[name] = _TreeItem("040000", "tree", self._tree_with(below, tuple(rest), blob), name)
        elif blob is None:
            items.pop(name, None)
        else:
            items[name] = _TreeItem("100644", "blob", blob, name)
        lines = "".join(f"{each.mode} {each.type} {each.object}\t{each.name}\0" for each in items.values())
        made = self.ref.run("mktree", "-z", "--missing", stdin=lines.encode("utf-8", "surrogateescape"))
        return made.decode().strip()


class _TreeItem(Struct, frozen=True):
    mode: str
    type: str
    object: str
    name: str
