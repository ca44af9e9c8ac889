"""The changelog: which version is the newest, what its release notes are, and how a version gets its section."""

import re

from scripts.releasing.errors import ReleaseError

UNRELEASED = "## [Unreleased]\n"
_HEADING = re.compile(r"^## \[(.+?)\](?: - (.+))?$", re.MULTILINE)
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def newest_version(text: str) -> str:
    """Return the newest version that has a date. Raises ReleaseError if something above it is not in a version."""
    unreleased, *versions = _HEADING.finditer(text)
    if unreleased[1] != "Unreleased" or not versions or not _DATE.fullmatch(versions[0][2] or ""):
        raise ReleaseError("CHANGELOG.md must begin with [Unreleased] and a version with its date.")
    if text[unreleased.end() : versions[0].start()].strip():
        raise ReleaseError("CHANGELOG.md has entries under [Unreleased]: run scripts/prepare-release VERSION.")
    return versions[0][1]


def release_notes(text: str, version: str) -> str:
    """Return the section of a version, without its heading."""
    headings = list(_HEADING.finditer(text))
    at = next((number for number, each in enumerate(headings) if each[1] == version), None)
    if at is None:
        raise ReleaseError(f"CHANGELOG.md has no section for version {version}.")
    end = headings[at + 1].start() if at + 1 < len(headings) else len(text)
    return text[headings[at].end() : end].strip() + "\n"


def with_version(text: str, version: str, date: str) -> str:
    """Give what is unreleased the heading of a version, below an empty section for what comes next."""
    before, heading, entries = text.partition(UNRELEASED)
    if not heading or not entries.strip() or entries.lstrip().startswith("## "):
        raise ReleaseError("CHANGELOG.md has nothing under [Unreleased].")
    if f"## [{version}]" in entries:
        raise ReleaseError(f"CHANGELOG.md has a section for version {version} already.")
    return f"{before}{UNRELEASED}\n## [{version}] - {date}\n{entries}"
