"""Runs mutation testing: `scripts/mutants [NAME…]`. NAME is part of a file's name, or a concern such as `ledger`."""

import argparse
import sys
import tempfile
from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path

from tests.mutation.report import report_of, save_report
from tests.mutation.survivors import read_listed_survivors
from tests.mutation.targets import MutationTarget, targets_named
from tests.mutation.workspace import MutationResult, prepare_workspace, read_result, run_mutmut


def main() -> int:
    """Run the mutants of the files that the command line names; fail if too many survive, or one without a reason."""
    arguments = _parser().parse_args()
    targets = targets_named(tuple(arguments.name))
    if not targets:
        sys.stderr.write(f"No file and no concern is named {' or '.join(arguments.name)}.\n")
        return 2
    report = report_of(_run_all(targets, arguments.workspace), read_listed_survivors())
    sys.stdout.write(report.as_text())
    if arguments.save:
        save_report(report)
    return 0 if report.is_good else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scripts/mutants", description=__doc__)
    parser.add_argument("name", nargs="*", help="part of a file's name, or a concern; everything if omitted")
    parser.add_argument(
        "--workspace", type=Path, help="keep the results here; a second run tries only survivors and new code"
    )
    parser.add_argument("--save", action="store_true", help="save the results, from which scripts/docs makes a table")
    return parser


def _run_all(targets: Iterable[MutationTarget], workspace: Path | None) -> Iterable[MutationResult]:
    with nullcontext(workspace) if workspace else tempfile.TemporaryDirectory(prefix="confsync-mutants-") as directory:
        for target in targets:
            place = Path(directory, target.module)
            prepare_workspace(place, target)
            run_mutmut(place)
            result = read_result(place, target)
            sys.stderr.write(f"{target.file}: {result.killed + result.timed_out} of {result.mutants} killed\n")
            yield result


if __name__ == "__main__":
    sys.exit(main())
