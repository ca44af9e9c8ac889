"""The JSON document of an apply, field by field."""

from typing import Literal

from pydantic import Field

from confsync.views.documents import Document, Part
from confsync.views.plan_parts import ConfigurationPart, RequestsPart, SourcePart, TargetPart
from confsync.views.values import Plain


class AnswerPart(Part):
    """What Twilio said when it said no."""

    method: str
    path: str
    status: int
    code: int = Field(description="Twilio's own number, 0 where it gave none.")
    message: str
    more_info: str
    request_id: str


class ErrorPart(Part):
    """Why a change did not end well, and which line asked for it."""

    summary: str
    hint: str
    answer: AnswerPart | None
    source: SourcePart


class OutcomePart(Part):
    """How one change ended."""

    address: str
    action: Literal["create", "recreate", "update", "replace", "delete", "adopt", "move"]
    status: Literal["done", "failed", "not_started", "unknown"]
    sid: str | None
    request_id: str | None = Field(description="Twilio's name for the request that failed.")
    error: ErrorPart | None


class ApplySummaryPart(Part):
    """How many changes ended how."""

    created: int
    updated: int
    replaced: int
    deleted: int
    failed: int
    not_started: int
    unknown: int


class MismatchPart(Part):
    """A value that was sent and that Twilio keeps otherwise."""

    address: str
    path: str = Field(description="Empty where the whole thing is not there, or still is; the values are SIDs then.")
    wanted: Plain
    live: Plain
    accept: str = Field(description="What to write under `lifecycle` to leave it to Twilio; empty where nothing helps.")
    source: SourcePart


class ApplyDocument(Document):
    """What an apply did."""

    kind: Literal["apply"] = "apply"
    configuration: ConfigurationPart
    target: TargetPart
    outcomes: list[OutcomePart] = Field(description="In the order of the plan.")
    mismatches: list[MismatchPart] = Field(default=[], description="What Twilio keeps otherwise than it was sent.")
    summary: ApplySummaryPart
    requests: RequestsPart
