"""The files that mutation testing changes, and the tests that must notice."""

from msgspec import Struct


class MutationTarget(Struct, frozen=True):
    """A file, what it is responsible for, and the tests that run its code: files, or single tests of a slow file."""

    concern: str
    file: str
    tests: tuple[str, ...]

    @property
    def module(self) -> str:
        """The name by which Python imports the file."""
        return self.file.removesuffix(".py").replace("/", ".")


GUARDRAIL_TEXTS = "tests/planning/test_guardrail_texts.py"
OTHER_ENVIRONMENTS = "tests/live/test_other_environments.py"
WHOLE_PLANS = "tests/planning/test_guardrail_checks.py::test_a_new_check_without_addresses_blocks_every_plan"

TARGETS = (
    MutationTarget(
        "retries", "confsync/twilio/outcomes.py", ("tests/twilio/test_outcomes.py", "tests/twilio/test_retry.py")
    ),
    MutationTarget(
        "retries", "confsync/twilio/retry.py", ("tests/twilio/test_retry.py", "tests/twilio/test_outcomes.py")
    ),
    MutationTarget("recovery", "confsync/twilio/recovery.py", ("tests/twilio/test_recovery.py",)),
    MutationTarget("recovery", "confsync/apply/creation.py", ("tests/apply/test_creator.py",)),
    MutationTarget("recovery", "confsync/live/pending.py", ("tests/live/test_pending.py",)),
    MutationTarget("recovery", "confsync/apply/duplicates.py", ("tests/apply/test_duplicates.py",)),
    MutationTarget("journal", "confsync/state/journal.py", ("tests/state/test_journal_file.py",)),
    MutationTarget("journal", "confsync/state/replay.py", ("tests/state/test_replay.py",)),
    MutationTarget("journal", "confsync/state/recorder.py", ("tests/state/test_recorder.py",)),
    MutationTarget(
        "ledger",
        "confsync/state/ledger.py",
        ("tests/state/test_ledger_entries.py",),
    ),
    MutationTarget("ledger", "confsync/state/ledger_file.py", ("tests/state/test_ledger_file.py",)),
    MutationTarget("lock", "confsync/state/machine_lock.py", ("tests/state/test_machine_lock.py",)),
    MutationTarget(
        "matching",
        "confsync/live/identity.py",
        ("tests/live/test_matching.py", OTHER_ENVIRONMENTS),
    ),
    MutationTarget("guardrails", "confsync/planning/guardrails/checks.py", (GUARDRAIL_TEXTS, WHOLE_PLANS)),
    MutationTarget(
        "guardrails",
        "confsync/planning/guardrails/deletion_checks.py",
        (GUARDRAIL_TEXTS, "tests/planning/test_deletion_limits.py"),
    ),
    MutationTarget(
        "guardrails",
        "confsync/planning/guardrails/protection.py",
        (GUARDRAIL_TEXTS, "tests/planning/test_protected_deletions.py"),
    ),
)
"""Every file whose failure could duplicate, lose or wrongly delete a resource."""


def targets_named(names: tuple[str, ...]) -> tuple[MutationTarget, ...]:
    """Return the targets whose file contains one of the names, or whose concern is one; all if there are no names."""
    found = (each for each in TARGETS if any(name == each.concern or name in each.file for name in names))
    return tuple(found) if names else TARGETS
