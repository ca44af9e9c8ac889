"""A notification as a JSON document: what changed about the drift of an account."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal
from uuid import uuid4

from msgspec import Meta, field

from confsync.history.deliveries import UndeliveredChange
from confsync.history.run import DriftFinding
from confsync.names import Address
from confsync.plan.drift_words import UNDECLARED
from confsync.redaction import mask_urls
from confsync.resources import has_personal_name, holds_personal_data, kind_of
from confsync.views.documents import Document, Part, TargetPart, part_of, timestamp
from confsync.views.escaping import printable, utf8_safe
from confsync.views.wording import counted

MOST_LISTED = 200
"""How many findings of each list a notification names; `summary` counts all of them."""

PERSONAL = "(personal data)"
"""What a notification has instead of a value of a user, a conversation, or anything in one."""

EventWord = Literal["drift", "in_sync", "failing", "recovered"]


class NotifiedFindingPart(Part, frozen=True, kw_only=True):
    """One finding."""

    finding: Annotated[str, Meta(description="The sort of the finding, as in `--fail-on`.")]
    kind: Annotated[str, Meta(description="The section, such as `roles`.")]
    address: Annotated[
        str,
        Meta(
            description="The address. If the resource is not declared and its name may be personal data, the address "
            "ends with the SID instead of the name."
        ),
    ]
    path: Annotated[str | None, Meta(description="The field; null if the finding is about the whole resource.")]
    sid: str | None
    shown: Annotated[
        str,
        Meta(description="What differs, without sensitive values or personal data; empty if the finding was repaired."),
    ]


class NotificationSummaryPart(Part, frozen=True, kw_only=True):
    """The number of findings of the sorts that `--fail-on` selects. If the run failed, all numbers are 0."""

    new: int
    edited: int
    repaired: int
    open: Annotated[int, Meta(description="The number of open findings.")]


class FailurePart(Part, frozen=True, kw_only=True):
    """Why a run failed."""

    summary: str
    hint: str


class NotifiedTargetPart(Part, frozen=True, kw_only=True):
    """The account that the notification is about."""

    account_sid: Annotated[
        str | None, Meta(description="The SID of the account; null if the run failed before confsync knew the SID.")
    ]
    environment: str | None
    region: str | None = None
    emulator: bool = False


class LinksPart(Part, frozen=True, kw_only=True):
    """Links to more information."""

    run: Annotated[str | None, Meta(description="The URL of the CI job.")] = None


class NotificationDocument(Document, frozen=True, kw_only=True):
    """What changed since the webhook last received a notification."""

    kind: Literal["notification"] = "notification"
    id: Annotated[
        str,
        Meta(description="The ID of the notification. It stays the same if confsync sends the notification again."),
    ]
    event: Annotated[
        EventWord,
        Meta(
            description="`drift`: the findings changed, and at least one remains. `in_sync`: no findings remain. "
            "`failing`: the run failed. `recovered`: the run succeeded after a failure, and the findings have not "
            "changed."
        ),
    ]
    text: Annotated[str, Meta(description="A one-sentence summary of the notification.")]
    created_at: Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
    since: Annotated[
        str | None,
        Meta(
            description="The time of the run that the previous notification to the webhook was about.",
            extra_json_schema={"format": "date-time"},
        ),
    ] = None
    target: NotifiedTargetPart
    summary: NotificationSummaryPart
    new: list[NotifiedFindingPart] = field(default_factory=list)
    edited: list[NotifiedFindingPart] = field(default_factory=list)
    repaired: list[NotifiedFindingPart] = field(default_factory=list)
    failure: Annotated[FailurePart | None, Meta(description="Why the run failed.")] = None
    links: LinksPart = LinksPart()


def drift_notification(
    target: TargetPart,
    undelivered: UndeliveredChange,
    exit_code: int,
    *,
    created_at: str,
    recovered: bool,
    run_url: str | None,
) -> NotificationDocument:
    """Build the notification of a run that succeeded, after others that failed if it has `recovered`."""
    change = undelivered.change
    event: EventWord = "recovered"
    if change.changed:
        event = "drift" if undelivered.open else "in_sync"
    summary = NotificationSummaryPart(
        new=len(change.new), edited=len(change.edited), repaired=len(change.repaired), open=undelivered.open
    )
    return NotificationDocument(
        id=str(uuid4()),
        event=event,
        text=_text(event, target.environment, summary, recovered=recovered),
        exit_code=exit_code,
        diagnostics=[],
        created_at=created_at,
        since=timestamp(change.since) if change.since else None,
        target=part_of(target, NotifiedTargetPart),
        summary=summary,
        new=_findings(change.new),
        edited=_findings(change.edited),
        repaired=_findings(change.repaired),
        links=LinksPart(run=run_url),
    )


def failure_notification(
    target: NotifiedTargetPart, failure: FailurePart, exit_code: int, *, created_at: str, run_url: str | None
) -> NotificationDocument:
    """Build the notification of a run that failed."""
    place = _place(target.environment)
    return NotificationDocument(
        id=str(uuid4()),
        event="failing",
        text=f"confsync drift {place} fails with exit code {exit_code}: {printable(failure.summary)}",
        exit_code=exit_code,
        diagnostics=[],
        created_at=created_at,
        target=target,
        summary=NotificationSummaryPart(new=0, edited=0, repaired=0, open=0),
        failure=failure,
        links=LinksPart(run=run_url),
    )


def run_url_of(environ: Mapping[str, str]) -> str | None:
    """Return the page of the CI job that runs this, if the environment variables name one."""
    url = environ.get("CONFSYNC_RUN_URL") or environ.get("CI_JOB_URL") or _github_url(environ)
    if not url or not url.startswith(("https://", "http://")) or not (url.isascii() and url.isprintable()):
        return None
    return mask_urls(url)


def _github_url(environ: Mapping[str, str]) -> str:
    names = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")
    server, repository, run = (environ.get(each, "") for each in names)
    return f"{server}/{repository}/actions/runs/{run}" if server and repository and run else ""


def _findings(findings: Iterable[DriftFinding]) -> list[NotifiedFindingPart]:
    return [_finding(each) for each in tuple(findings)[:MOST_LISTED]]


def _finding(finding: DriftFinding) -> NotifiedFindingPart:
    """Describe a finding without personal data: a channel may have more readers than the output of the run."""
    address = Address.parse(finding.address)
    kind, shown = kind_of(address), utf8_safe(finding.shown)
    if kind and finding.path and shown and holds_personal_data(kind):
        shown = PERSONAL
    if kind and finding.sort in UNDECLARED and finding.sid and has_personal_name(kind):
        address = Address((*address[:-1], finding.sid))
    return part_of(
        finding, NotifiedFindingPart, finding=finding.sort, kind=finding.section, address=str(address), shown=shown
    )


def _text(event: EventWord, environment: str | None, summary: NotificationSummaryPart, *, recovered: bool) -> str:
    place = _place(environment)
    again = "confsync drift runs again. " if recovered else ""
    if event == "recovered":
        return f"confsync drift {place} runs again: {counted(summary.open, 'finding')}, nothing new."
    if event == "in_sync":
        return f"{again}In sync again {place}: {counted(summary.repaired, 'finding')} repaired."
    numbers = {"new": summary.new, "changed": summary.edited, "repaired": summary.repaired}
    parts = [f"{number:,} {word}" for word, number in numbers.items() if number]
    return f"{again}Drift {place}: {', '.join(parts)}; {counted(summary.open, 'finding')} now."


def _place(environment: str | None) -> str:
    return f"in {printable(environment)}" if environment else "without an environment"
