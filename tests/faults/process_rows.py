"""Ends of the process. They are tested with real processes, outside this matrix."""

from tests.faults.row import Row, Section

RESUME = "Run the same command again."

PROCESS = Section(
    "When the process is stopped",
    (
        Row(
            name="SIGINT",
            happens="Someone presses Ctrl-C, or the process receives SIGINT.",
            does=(
                "confsync sends no further requests, waits up to 1.5 seconds for outstanding responses, and then "
                "reports each change."
            ),
            advice=RESUME,
            codes="130",
            tested_in="tests/cli/test_signals.py",
        ),
        Row(
            name="SIGTERM",
            happens="A CI system cancels the job, and the process receives SIGTERM.",
            does="confsync does the same as after SIGINT.",
            advice=RESUME,
            codes="143",
            tested_in="tests/cli/test_signals.py",
        ),
        Row(
            name="SIGKILL",
            happens="The process is killed, or the machine fails.",
            does=("The next run reads the journal. Before it repeats a create, it looks for the resource."),
            advice=RESUME,
            codes="killed",
            tested_in="tests/campaigns/kill_points.py",
        ),
    ),
)
