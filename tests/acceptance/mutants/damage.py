"""A file that a person or a program spoilt: commented out, slipped, merged, or not what it says it is."""

from collections.abc import Callable
from pathlib import Path

from confsync.exit_codes import ExitCode
from tests.acceptance.mutants.base import BASE
from tests.acceptance.mutants.mutant import DONE, INVALID, REFUSED, Mutant, Scene, swapped, text


def _lines(first: str, last: str, change: Callable[[str], str]) -> str:
    """Change every line from the one that begins a passage to the one before another."""
    start, end = BASE.index(first), BASE.index(last) if last else len(BASE)
    changed = "".join(change(line) for line in BASE[start:end].splitlines(keepends=True))
    return BASE[:start] + changed + BASE[end:]


def _commented(name: str, first: str, last: str, ends: ExitCode) -> Mutant:
    return text(f"commented out: {name}", _lines(first, last, lambda line: f"# {line}"), ends)


def _slipped(name: str, first: str, last: str, ends: ExitCode, *, by: int) -> Mutant:
    def slip(line: str) -> str:
        return line[-by:] if by < 0 else " " * by + line

    return text(f"slipped: {name}", _lines(first, last, slip), ends)


def _bytes(name: str, content: bytes) -> Mutant:
    def spoil(scene: Scene) -> None:
        (scene.folder / "confsync.yaml").write_bytes(content)

    return Mutant(name=f"not a configuration: {name}", breaks=spoil, ends=INVALID)


def _conflict(name: str, ours: str, theirs: str) -> Mutant:
    return text(
        f"merge conflict: {name}", swapped(ours, f"<<<<<<< HEAD\n{ours}=======\n{theirs}>>>>>>> theirs\n"), INVALID
    )


COMMENTED = (
    _commented("everything", "version", "", INVALID),
    _commented("the account", "account:", "credentials:", DONE),
    _commented("the credentials", "credentials:", "services:", DONE),
    _commented("two credentials", "  ios:", "  tablets:", DONE),
    _commented("all services", "services:", "", DONE),
    _commented("each service", "  support:", "", INVALID),
    _commented("a protected service", "  support:", "  sales:", DONE),
    _commented("what is in a service", "    friendly_name: Sales", "  night:", INVALID),
    _commented("a section of roles", "    roles:\n      agent", "    users:\n      alice", REFUSED),
    _commented("each role", "      agent:", "    users:\n      alice", INVALID),
    _commented("two roles", "      clerk:", "      boss:", REFUSED),
    _commented("all roles but one", "      porter:", "", REFUSED),
    _commented("each user", "      alice:", "    conversations:\n      lounge", INVALID),
    _commented("two users", "      bob:", "    conversations:\n      lounge", REFUSED),
    _commented("a section of users", "    users:\n      dave", "    conversations:\n      deals", REFUSED),
    _commented("a section of conversations", "    conversations:\n      deals", "    roles:\n      seller", REFUSED),
    _commented("a protected conversation", "      lounge:", "      saloon:", REFUSED),
    _commented("each participant", "          first:", "        webhooks:\n          bot", INVALID),
    _commented("two participants", "          second:", "        webhooks:\n          bot", REFUSED),
    _commented("two webhooks", "          archive:", "      saloon:", REFUSED),
)
SLIPPED = (
    _slipped("a service into the one before", "  sales:", "  night:", INVALID, by=2),
    _slipped("roles into what stands before", "    roles:\n      agent", "    users:\n      alice", INVALID, by=2),
    _slipped("roles out of their service", "    roles:\n      seller", "  night:", INVALID, by=-2),
    _slipped("a role into the one before", "      lead:", "      boss:", INVALID, by=2),
    _slipped("a role out of its section", "      boss:", "    users:\n      alice", INVALID, by=-2),
    _slipped(
        "a participant out of its section", "          third:", "        webhooks:\n          bot", INVALID, by=-2
    ),
    _slipped("services under the credentials", "services:", "", INVALID, by=2),
    _slipped("a line by one", "  night:", "    friendly_name: Night", INVALID, by=1),
)
MERGED = (
    _conflict("around a role", "      porter:\n", "      doorman:\n"),
    _conflict("around a protection", "      protect: true\n      prune: [roles, users, conversations]\n", ""),
    _conflict("around a name", "    friendly_name: Sales Desk\n", "    friendly_name: Sales\n"),
    text("merged: the file twice", BASE + BASE, INVALID),
    text("merged: the services twice", BASE + BASE[BASE.index("services:") :], INVALID),
    text("merged: a service twice", BASE + BASE[BASE.index("  night:") :], INVALID),
    text("merged: a section twice", BASE + "    roles: {}\n", INVALID),
    text("merged: two documents", BASE + "---\nversion: 1\n", INVALID),
)
FILES = (
    _bytes("empty", b""),
    _bytes("blank", b"\n \n\n"),
    _bytes("null", b"null\n"),
    _bytes("an empty mapping", b"{}\n"),
    _bytes("a list", b"[]\n"),
    _bytes("a page of HTML", b"<!DOCTYPE html><html><body>502 Bad Gateway</body></html>\n"),
    _bytes("zeros", bytes(len(BASE))),
    _bytes("in UTF-16", BASE.encode("utf-16")),
    _bytes("compressed", bytes.fromhex("1f8b0800000000000003")),
    _bytes("with tabs", BASE.replace("  ", "\t").encode()),
    _bytes("a pointer of Git LFS", b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n"),
    Mutant(
        name="no file",
        breaks=lambda scene: (scene.folder / "confsync.yaml").unlink(),
        ends=INVALID,
    ),
    Mutant(name="an empty folder", breaks=lambda scene: _an_empty_folder(scene.folder), ends=INVALID),
)


def _an_empty_folder(folder: Path) -> None:
    (folder / "confsync.yaml").unlink()
    (folder / "confsync.d").mkdir()


DAMAGE = (*COMMENTED, *SLIPPED, *MERGED, *FILES)
