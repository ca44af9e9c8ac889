"""Ends of the process. They are tested with real processes, outside this matrix."""

from tests.faults.row import Row, Section

RESUME = "Run the same command again. `apply FILE` continues where it stopped."

PROCESS = Section(
    "When the process is stopped",
    (
        Row(
            name="SIGINT",
            happens="Someone presses Ctrl-C, or the process receives SIGINT.",
            does=(
                "confsync sends no further requests, and waits up to 1.5 seconds for the responses to the writes that "
                "it has already sent. It records the results, and prints which changes it has made and which it has "
                "not made."
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
            does=(
                "The journal contains the changes that have been made, and the creates that confsync was about to "
                "send. Before the next run sends such a create again, it looks for the resource. If the resource "
                "exists, confsync records it as created."
            ),
            advice=RESUME,
            codes="killed",
            tested_in="tests/campaigns/kill_points.py",
        ),
    ),
)
