"""A plan in a file, to be reviewed now and applied later: it names what it is for, when it ends, and what it will send.

It holds no secret and no digest of one; a URL with a token in it is masked, so that of such a value the digest of the
configuration alone says whether it is the same. With a key (`CONFSYNC_PLAN_KEY`) it is signed, and an unsigned or
edited one is refused.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from msgspec import Struct
from pydantic import ValidationError

from confsync.config.desired import MissingSecret
from confsync.config.pydantic_errors import first_validation_error
from confsync.errors import LocalFileError, Refused
from confsync.names import Address
from confsync.plan.plan import Plan
from confsync.planfile.document import FORMAT_VERSION, SavedDocument, document_of, plan_of
from confsync.secret import Secret
from confsync.state import atomic_file
from confsync.strict_json import StrictJsonError, canonical_json, parse_strict_json

MAX_BYTES = 64 * 1024 * 1024
"""A plan of ten thousand resources has a tenth of that."""

SecretField = tuple[Address, str]
"""A field of a resource whose value is secret."""


class SavedPlan(Struct, frozen=True, kw_only=True, dict=True):
    """A plan with the name under which it is spent, and the time until which it may be applied."""

    id: str
    created_at: datetime
    expires_at: datetime
    plan: Plan
    secrets: frozenset[SecretField]

    def has_expired(self, now: datetime) -> bool:
        """Whether it may be applied no more."""
        return now >= self.expires_at


def named(plan: Plan, lifetime: timedelta, now: datetime) -> SavedPlan:
    """Give a plan an id and an end."""
    now = now.astimezone(UTC).replace(microsecond=0)
    return SavedPlan(
        id=secrets.token_hex(16),
        created_at=now,
        expires_at=now + lifetime,
        plan=plan,
        secrets=frozenset(_secrets(plan)),
    )


def write(path: Path, saved: SavedPlan, key: Secret | None) -> None:
    """Write it all at once, readable by its owner alone, and signed where there is a key.

    Raises LocalFileError where the disk or the permissions do not allow it.
    """
    try:
        atomic_file.write_atomically(path, text_of(saved, key))
    except OSError as trouble:
        raise LocalFileError(
            f"The plan {path} cannot be written: {trouble.strerror}.",
            hint="Make room, or name another file with --out, and run it again.",
        ) from trouble


def text_of(saved: SavedPlan, key: Secret | None) -> str:
    """Give the text of the file."""
    made = document_of(saved.plan, saved.id, saved.created_at, saved.expires_at, saved.secrets)
    head = {"kind": made.kind, "format_version": made.format_version, "confsync_version": made.confsync_version}
    content = head | made.model_dump(mode="json", exclude_defaults=True)
    if key is not None:
        content["signature"] = _signature(content, key)
    return json.dumps(content, indent=1) + "\n"


def read(path: Path, key: Secret | None) -> SavedPlan:
    """Read it again.

    Raises LocalFileError where it cannot be read or is no plan, Refused where it is not signed with the key.
    """
    text = _text(path)
    content = _content(path, text)
    _check_signature(path, content, key)
    try:
        document = SavedDocument.model_validate_json(json.dumps(content))
        return _loaded(document)
    except ValidationError as wrong:
        raise _no_plan(path, first_validation_error(wrong)) from wrong
    except ValueError as wrong:
        raise _no_plan(path, str(wrong)) from wrong


def _loaded(document: SavedDocument) -> SavedPlan:
    if None in (document.created_at.tzinfo, document.expires_at.tzinfo):
        raise ValueError("its times have no zone")
    return SavedPlan(
        id=document.id,
        created_at=document.created_at,
        expires_at=document.expires_at,
        plan=plan_of(document),
        secrets=frozenset(document.secrets),
    )


def _secrets(plan: Plan) -> Iterator[SecretField]:
    for change in plan.changes:
        for name, value in change.send.items():
            if isinstance(value, Secret | MissingSecret):
                yield change.address, name


def _text(path: Path) -> str:
    try:
        if path.exists() and not path.is_file():
            raise LocalFileError(f"The plan {path} is not a file.", hint=_SAVE)
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as trouble:
        raise LocalFileError(f"The plan {path} cannot be read: {trouble.strerror}.", hint=_SAVE) from trouble
    if len(raw) > MAX_BYTES:
        raise _no_plan(path, f"it is larger than {MAX_BYTES // 1024 // 1024} MiB")
    try:
        return raw.decode()
    except UnicodeDecodeError as wrong:
        raise _no_plan(path, "it is not UTF-8 text") from wrong


def _content(path: Path, text: str) -> dict[str, object]:
    """Take the JSON apart, no key of which may stand twice: what is signed must be what is understood."""
    try:
        content = parse_strict_json(text)
    except StrictJsonError as wrong:
        raise _no_plan(path, "it is not JSON, or was cut off") from wrong
    if not isinstance(content, dict) or content.get("kind") != "saved-plan":
        raise _no_plan(path, "it is something else")
    version = content.get("format_version")
    if isinstance(version, int) and version > FORMAT_VERSION:
        raise LocalFileError(
            f"The plan {path} has format {version}, and this version knows up to {FORMAT_VERSION}.",
            hint="Use the confsync version that wrote it, or a newer one.",
        )
    return content


def _check_signature(path: Path, content: dict[str, object], key: Secret | None) -> None:
    if key is None:
        return
    signature = content.get("signature")
    if signature is None:
        raise Refused(
            f"The plan {path} is not signed, and CONFSYNC_PLAN_KEY is set.",
            hint="Make it where the key is set: `confsync plan --out FILE`.",
        )
    if not isinstance(signature, str) or not _is_equal(signature, _signature(content, key)):
        raise Refused(
            f"The plan {path} was edited, or signed with another key.",
            hint="Make it again where this key is set: `confsync plan --out FILE`.",
        )


def _is_equal(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode())


def _signature(content: dict[str, object], key: Secret) -> str:
    """Take HMAC-SHA256 over the canonical JSON of everything but the signature."""
    signed = {name: value for name, value in content.items() if name != "signature"}
    canonical = canonical_json(signed).encode("utf-8", "surrogatepass")
    return "hmac-sha256:" + hmac.new(key.reveal().encode(), canonical, hashlib.sha256).hexdigest()


_SAVE = "Name a file that `confsync plan --out FILE` wrote."


def _no_plan(path: Path, why: str) -> LocalFileError:
    return LocalFileError(f"The file {path} is no saved plan, or is damaged: {why}.", hint=_SAVE)
