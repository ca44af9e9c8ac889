"""`confsync doctor`."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from confsync.cli.run import Run
from confsync.cli.verb import Verb

if TYPE_CHECKING:
    from confsync.account.connection import Connection
    from confsync.cli.exit_result import ExitResult
    from confsync.config.config import Config
    from confsync.doctor.check import Diagnosis


@click.command("doctor", cls=Verb)
@click.pass_obj
def doctor(run: Run) -> "ExitResult":
    """Look at credentials, account, clock, ledger, permissions and names, and mend nothing."""
    from confsync.account.diagnosis import diagnose
    from confsync.views.doctor import doctor_as_text, doctor_document

    run.diagnosis = diagnose(run.request, lambda config: _reached(run, config), run.settings)
    run.print(doctor_as_text(doctor_document(run.diagnosis, 0), run.console.palette))
    return _ending(run.diagnosis)


@contextmanager
def _reached(run: Run, config: "Config | None") -> "Iterator[Connection | None]":
    """Connect to the account that is meant; without a configuration nobody knows which emulator that is."""
    from confsync.account.connection import bare_connection
    from confsync.cli.account import reached

    if config:
        with reached(run, config) as connection:
            yield connection
    else:
        yield None if run.options.emulator else bare_connection(run.request)


def _ending(diagnosis: "Diagnosis") -> "ExitResult":
    """Exit as the gravest failure would: who we are counts before where we are, and that before what we wrote."""
    from confsync.cli.exit_codes import ExitCode, of_error
    from confsync.cli.exit_result import DONE, ExitResult

    gravest = (ExitCode.NOT_AUTHORISED, ExitCode.REFUSED, ExitCode.LOCAL, ExitCode.UNREACHABLE, ExitCode.INVALID)
    failed = [(of_error(each.error), each) for each in diagnosis.failures if each.error]
    if not failed:
        return DONE
    code, worst = min(failed, key=lambda each: gravest.index(each[0]))
    return ExitResult(
        code=code,
        happened=f"Not well: {', '.join(each.name for _, each in failed)}. {worst.text}",
        hint=worst.hint or "Mend that, and run `confsync doctor` again.",
        mistakes=diagnosis.mistakes,
    )
