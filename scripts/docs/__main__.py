"""Regenerate the documentation: `.venv/bin/python scripts/docs [--check]`.

With `--check`, write nothing and fail if a page is missing, out of date or superfluous.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from scripts.docs.pages import GENERATED_FOLDERS, build_pages  # noqa: E402 — the repository is not installed
from scripts.docs.update import update  # noqa: E402 — as above

if __name__ == "__main__":
    sys.exit(update(build_pages(), GENERATED_FOLDERS, ROOT, check="--check" in sys.argv[1:]))
