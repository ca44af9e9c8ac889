"""Regenerate the documentation: `.venv/bin/python scripts/docs [--check]`.

With `--check`, write nothing and fail if a page is out of date.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from scripts.docs.pages import build_pages  # noqa: E402 — the repository is not installed


def main() -> int:
    """Write every page that is out of date, or only list it."""
    check = "--check" in sys.argv[1:]
    stale = {path: text for path, text in build_pages().items() if _content_of(path) != text}
    for path, text in stale.items():
        sys.stdout.write(f"{path.relative_to(ROOT)} is out of date\n")
        if not check:
            path.write_text(text, "utf-8")
    return 1 if stale and check else 0


def _content_of(path: Path) -> str | None:
    return path.read_text("utf-8") if path.exists() else None


if __name__ == "__main__":
    sys.exit(main())
