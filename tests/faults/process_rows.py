"""Ends of the process. They are tested with real processes, outside this matrix."""

from tests.faults.row import Row, Section

RESUME = "Run the same command again. `apply FILE` continues where it stopped."

PROCESS = Section(
    "When the process is stopped",
    (
        Row(
            name="SIGINT",
            happens="A person presses Ctrl-C, or the process receives SIGINT.",
            does=(
                "confsync starts no further change, finishes the requests that are in flight, records their results, "
                "and says what was changed and what was not."
            ),
            advice=RESUME,
            codes="130",
            tested_in="tests/cli/test_signals.py",
        ),
        Row(
            name="SIGTERM",
            happens="A CI system cancels the job, and the process receives SIGTERM.",
            does="The same as after SIGINT.",
            advice=RESUME,
            codes="143",
            tested_in="tests/cli/test_signals.py",
        ),
        Row(
            name="SIGKILL",
            happens="The process is killed, or the machine fails.",
            does=(
                "The journal records what was done, and the create that was about to be sent. The next run looks for "
                "the resource of that create before it sends anything, and records the resource as created."
            ),
            advice=RESUME,
            codes="killed",
            tested_in="tests/campaigns/kill_points.py",
        ),
    ),
)
