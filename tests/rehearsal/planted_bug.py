"""The bug that the protocol of creates exists for, to be planted where a rehearsal must find it."""

import pytest

from confsync.twilio import retry
from confsync.twilio.messages import Operation
from confsync.twilio.outcomes import AttemptOutcome
from confsync.twilio.retry import RetryDecision, decide_retry


def send_creates_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Send a create again although it may have taken effect."""

    def decide(outcome: AttemptOutcome, operation: Operation) -> RetryDecision:
        ambiguous = outcome is AttemptOutcome.AMBIGUOUS and operation is Operation.CREATE
        return RetryDecision.RETRY if ambiguous else decide_retry(outcome, operation)

    monkeypatch.setattr(retry, "decide_retry", decide)
