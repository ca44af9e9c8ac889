"""A drift document as a history records it: its findings, and what they were found in."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from typing import Protocol
from urllib.parse import urlsplit

from msgspec import to_builtins

from confsync.history.run import DetailedRun, DriftFinding, DriftTarget
from confsync.names import Address
from confsync.resources import kind_of
from confsync.strict_json import canonical_json
from confsync.twilio.origin import is_twilio
from confsync.views.comment import clipped
from confsync.views.documents import TargetPart
from confsync.views.drift.document import DriftDocument
from confsync.views.drift.groups import difference_text
from confsync.views.escaping import printable


def run_of_document(document: DriftDocument) -> DetailedRun:
    """Build what a history records about a run. Sensitive values are masked in the document, so it has none."""
    coverage, git = document.coverage.values(), document.configuration.git
    findings = {each.identity: each for each in recorded_findings(document)}
    return DetailedRun(
        at=datetime.fromisoformat(document.created_at),
        seconds=document.seconds or 0.0,
        requests=document.requests.reads,
        complete=document.complete,
        target=_target(document.target),
        version=document.confsync_version,
        commit=git.commit if git else None,
        managed=sum(each.managed for each in coverage),
        live=sum(each.live for each in coverage),
        counts=Counter(each.sort for each in findings.values()),
        findings=tuple(findings.values()),
        unchecked=frozenset(_unchecked(document)),
    )


def _unchecked(document: DriftDocument) -> Iterator[tuple[str, str]]:
    yield from ((each.address, each.path) for each in document.unchecked)
    yield from ((each.address, each.path) for each in document.unchecked_certificates)


def recorded_findings(document: DriftDocument) -> Iterator[DriftFinding]:
    """Yield every finding, with the words in which it is shown."""
    for field in document.differences:
        yield _finding(field.side, field, field.kind, field.sid, difference_text(field), field.path)
    for deleted in document.deleted_outside:
        yield _finding("deleted", deleted, deleted.kind, deleted.sid, "deleted in Twilio")
    for added in document.added_outside:
        yield _finding("added", added, added.kind, added.sid, f"{added.type} in an exclusive section")
    for pair in document.probable_duplicates:
        yield _finding("duplicates", pair, pair.kind, pair.duplicate_sid, f"equals {pair.sid}")
    for stranger in document.unmanaged:
        yield _finding("unmanaged", stranger, stranger.kind, stranger.sid, stranger.type)
    for orphan in document.orphaned:
        kind = kind_of(Address.parse(orphan.address))
        yield _finding("orphaned", orphan, kind.section if kind else "", orphan.sid, printable(orphan.reason))
    for expiring in document.expiring:
        date = expiring.expires_at.partition("T")[0]
        yield _finding("expiring", expiring, expiring.kind, expiring.sid, f"expires on {date}", expiring.path)


class _Found(Protocol):
    """A part of a document that is a finding."""

    @property
    def address(self) -> str: ...


def _finding(
    sort: str, part: _Found, section: str, sid: str | None, shown: str, path: str | None = None
) -> DriftFinding:
    content = {name: value for name, value in to_builtins(part).items() if name in _CONTENT}
    return DriftFinding(
        sort=sort,
        section=section,
        address=part.address,
        path=path,
        sid=sid,
        digest=sha256(canonical_json(content).encode()).hexdigest()[:_DIGITS],
        shown=clipped(shown),
    )


_CONTENT = frozenset(
    {"action", "side", "live", "desired", "added", "removed", "parts", "replaced_by", "type", "name", "expires_at"}
)
"""What makes another finding of one if it changes. Advice, positions and attribution do not."""

_DIGITS = 32


def _target(target: TargetPart) -> DriftTarget:
    """Identify the account and the environment. An edge is another way to the same account, so it does not count."""
    host = "twilio.com" if is_twilio(target.base_url) else urlsplit(target.base_url).netloc
    return DriftTarget(account_sid=target.account_sid, environment=target.environment, region=target.region, host=host)
