"""Plans, applies, failures and changes by someone else, one after the other in a random order."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hypothesis import Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.acceptance.test_histories import STEPS, Histories
from tests.campaigns import SETTINGS
from tests.campaigns.options import Options
from tests.campaigns.report import Progress

CLAIM = (
    "an apply of a saved plan makes exactly the reviewed changes, "
    "or confsync rejects the plan before it writes anything; "
    "after an apply without failures, Twilio matches the configuration; "
    "the only resources that confsync deletes are those that it created"
)


def run_histories(options: Options, progress: Progress) -> None:
    """Run the campaign. Hypothesis chooses the steps; it stops at the first violation."""
    progress.expect(options.points)

    class CountedHistories(Histories):
        def teardown(self) -> None:
            super().teardown()
            progress.add(f"history {progress.cases + 1}", "no violation")

    chosen = settings(
        SETTINGS, max_examples=options.points, stateful_step_count=STEPS, database=None, phases=[Phase.generate]
    )
    with _temporary_files_in(options.workspace):
        try:
            run_state_machine_as_test(seed(options.seed)(CountedHistories), settings=chosen)
        except Exception as error:  # noqa: BLE001 — whatever an invariant or the code under test raises
            steps = "; ".join(getattr(error, "__notes__", ()))
            command = f"scripts/campaign {options.campaign} --seed {options.seed} --points {options.points}"
            progress.add("a history", "violated", [f"{type(error).__name__}: {error}", steps], command)


@contextmanager
def _temporary_files_in(directory: Path) -> Iterator[None]:
    before, tempfile.tempdir = tempfile.tempdir, str(directory)
    try:
        yield
    finally:
        tempfile.tempdir = before
