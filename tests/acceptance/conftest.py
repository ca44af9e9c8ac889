"""A workshop's verbs, typed at the command line."""

import os
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from confsync import verbs
from confsync.cli.main import main
from confsync.config.config import Config
from tests.cli.said import Said
from tests.workshop import Workshop

Typed = Callable[..., Said]


@pytest.fixture
def typed(workshop: Workshop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typed:
    """Type a command line in the workshop's folder: it reaches the workshop's account as if it were Twilio's.

    The environment variables are the workshop's; nobody sits at a terminal.
    """

    def reached(config: Config, environ: Mapping[str, str]) -> verbs.Connection:
        del environ
        ledger = config.folder / verbs.ledger_name(config.environment.name)
        return replace(workshop.connection(), ledger=ledger, emulator=False)

    def type_(*arguments: str) -> Said:
        capsys.readouterr()
        with monkeypatch.context() as here:
            here.chdir(workshop.folder)
            here.setattr(verbs, "twilio_connection", reached)
            for name in [each for each in os.environ if each.startswith(("CONFSYNC_", "TWILIO_", "CI", "GITHUB_"))]:
                here.delenv(name)
            for name, value in workshop.environ.items():
                here.setenv(name, value)
            code = main(list(arguments))
        return Said(code, *capsys.readouterr())

    return type_
