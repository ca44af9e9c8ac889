"""Texts that are checked in. `CONFSYNC_UPDATE_GOLDEN=1 pytest tests/views` rewrites them; then read the diff."""

import os
import re
from pathlib import Path

HERE = Path(__file__).parent / "golden"

_SID = re.compile(r"\b(IS|RL|CR|IG)[0-9a-f]{32}\b")


def matches_golden(name: str, text: str, suffix: str = "txt") -> bool:
    """Whether a text is the one that is checked in. SIDs are numbered in order of appearance."""
    path, text = HERE / f"{name}.{suffix}", _steady(text)
    if os.environ.get("CONFSYNC_UPDATE_GOLDEN"):
        path.write_text(text, "utf-8")
    assert path.read_text("utf-8") == text
    return True


def _steady(text: str) -> str:
    numbers: dict[str, int] = {}
    return _SID.sub(lambda found: f"{found[1]}…{numbers.setdefault(found[0], len(numbers) + 1)}", text)
