"""What tests of several folders share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from confsync.emulator.emulator import Emulator
from tests.workshop import Workshop


@pytest.fixture
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workshop]:
    """An empty folder, which is the current one, and a fresh account."""
    monkeypatch.chdir(tmp_path)
    with Emulator() as emulator:
        yield Workshop(tmp_path, emulator)
