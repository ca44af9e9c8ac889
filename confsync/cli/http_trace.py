"""Reports each HTTP request of a run on stderr, without secrets."""

from typing import TYPE_CHECKING

from confsync.views.escaping import printable

if TYPE_CHECKING:
    from confsync.cli.console import Console
    from confsync.twilio.attempt import HttpAttempt


def report_attempt(console: "Console", attempt: "HttpAttempt") -> None:
    """Print one attempt as a line."""
    url = printable(attempt.url)
    form = f" ({', '.join(attempt.fields)}; {attempt.sent} bytes)" if attempt.fields else ""
    answer = f"{attempt.status}, {attempt.received} bytes" if attempt.status else f"no response: {attempt.error}"
    request_id = f", request {attempt.request_id}" if attempt.request_id else ""
    console.note(
        f"{attempt.method} {url}{printable(form)} -> {answer}{request_id}, {attempt.milliseconds} ms, "
        f"attempt {attempt.number}",
        event="http_request",
        level="debug",
        fields={
            "method": attempt.method,
            "url": url,
            "status": attempt.status or None,
            "error": attempt.error or None,
            "duration_ms": attempt.milliseconds,
            "request_id": attempt.request_id or None,
            "attempt": attempt.number,
            "sent_bytes": attempt.sent,
            "received_bytes": attempt.received,
            "fields": list(attempt.fields),
        },
    )
