"""Writes a version into the code and the changelog. `scripts/prepare-release` runs it."""

import argparse
import datetime as dt
import re
import sys
from pathlib import Path

from scripts.releasing.changelog import with_version
from scripts.releasing.errors import ReleaseError

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Change both files, or none of them."""
    parser = argparse.ArgumentParser(prog="scripts/prepare-release", description=__doc__)
    parser.add_argument("version", help="for example 0.9.0")
    parser.add_argument("--date", help="YYYY-MM-DD; defaults to today, in UTC")
    options = parser.parse_args()
    try:
        prepare(ROOT, options.version, options.date or f"{dt.datetime.now(dt.UTC):%Y-%m-%d}")
    except ReleaseError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def prepare(repository: Path, version: str, date: str) -> None:
    """Write a version and its date. Raises ReleaseError for one that cannot be a version or a date."""
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        raise ReleaseError(f"A version is X.Y.Z, and {version!r} is not.")
    try:
        dt.date.fromisoformat(date)
    except ValueError as error:
        raise ReleaseError(f"{date!r} is not a date: write it as YYYY-MM-DD.") from error
    code, changelog = repository / "confsync" / "version.py", repository / "CHANGELOG.md"
    section = with_version(changelog.read_text("utf-8"), version, date)
    line = re.compile(r'^__version__ = ".*"$', re.MULTILINE)
    code.write_text(line.sub(f'__version__ = "{version}"', code.read_text("utf-8")), "utf-8")
    changelog.write_text(section, "utf-8")


if __name__ == "__main__":
    sys.exit(main())
