"""A saved plan: a file that is reviewed now and applied later, with an id and a time at which it expires."""

# The file holds no secret and no digest of one, and tokens in URLs are masked. For such a value, only the digest of the
# configuration says whether it is still the same. With `CONFSYNC_PLAN_KEY` set, the file is signed, and confsync
# refuses an unsigned or edited one.

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from confsync.apply.precondition import precondition_of, sensitive_fields
from confsync.config.sources.file_boundary import FileTooLargeError, NotRegularFileError, read_whole_file
from confsync.config.tree import MissingSecret
from confsync.errors import LocalFileError, Refused, fix_for
from confsync.names import Address
from confsync.plan.change import Change
from confsync.plan.difference import Difference, LiveValue
from confsync.plan.match import LiveResource, Match
from confsync.plan.plan import Plan
from confsync.planfile.codec import codec_of
from confsync.redaction import mask_urls
from confsync.secret import Secret
from confsync.state import atomic_file
from confsync.strict_json import StrictJsonError, canonical_json, parse_strict_json
from confsync.version import __version__

FORMAT_VERSION = 1
KIND = "saved-plan"

MAX_BYTES = 64 * 1024 * 1024
"""A plan of ten thousand resources has a tenth of that."""

SecretField = tuple[Address, str]
"""A field of a resource whose value is secret."""


class SavedPlan(Struct, frozen=True, kw_only=True):
    """A plan with its id, its lifetime, and the secret fields that an apply of it may send."""

    id: str
    created_at: datetime
    expires_at: datetime
    plan: Plan
    secrets: frozenset[SecretField] = frozenset()

    def has_expired(self, now: datetime) -> bool:
        """Whether it can no longer be applied."""
        return now >= self.expires_at


def parse_lifetime(text: str) -> timedelta:
    """Parse how long a plan is valid: `30m`, `72h` or `7d`. Raises ValueError for anything else."""
    found = _LIFETIME.fullmatch(text)
    if found is None or int(found[1]) == 0:
        raise ValueError("a number and m, h or d, such as 30m, 72h or 7d")
    return int(found[1]) * _UNITS[found[2]]


_LIFETIME = re.compile(r"([0-9]{1,6})([mhd])")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


def new_saved_plan(plan: Plan, lifetime: timedelta, now: datetime) -> SavedPlan:
    """Give a plan an id and an expiry time."""
    now = now.astimezone(UTC).replace(microsecond=0)
    return SavedPlan(
        id=secrets.token_hex(16),
        created_at=now,
        expires_at=now + lifetime,
        plan=plan,
        secrets=frozenset(_secrets(plan)),
    )


def write_plan_file(path: Path, saved: SavedPlan, key: Secret | None) -> None:
    """Write the file atomically, readable only by its owner, and signed if there is a key. Raises LocalFileError."""
    try:
        atomic_file.write_atomically(path, plan_file_text(saved, key))
    except OSError as error:
        raise LocalFileError(
            f"The plan {path} cannot be written: {error.strerror}.",
            hint=f"{fix_for(error, str(path))}, or name another file with --out, then run it again.",
        ) from error


def plan_file_text(saved: SavedPlan, key: Secret | None) -> str:
    """Return the text of the file."""
    head = {"kind": KIND, "format_version": FORMAT_VERSION, "confsync_version": __version__}
    content = head | codec_of(SavedPlan).encode(replace(saved, plan=_reduced(saved.plan)))
    if key is not None:
        content["signature"] = _signature(content, key)
    return json.dumps(content, indent=1) + "\n"


def read_plan_file(path: Path, key: Secret | None) -> SavedPlan:
    """Read a saved plan.

    Raises LocalFileError if it cannot be read or is not a saved plan, Refused if it is not signed with the key.
    """
    content = _content(path, _text(path))
    _check_signature(path, content, key)
    try:
        saved: SavedPlan = codec_of(SavedPlan).decode(_without_head(content), None)
        _check_names(saved)
    except ValueError as error:
        raise _not_a_plan(path, str(error)) from error
    return saved


def _without_head(content: Mapping[str, object]) -> Mapping[str, object]:
    if content.get("format_version") != FORMAT_VERSION or not isinstance(content.get("confsync_version"), str):
        raise ValueError(f"format_version must be {FORMAT_VERSION}, and confsync_version a text")
    return {name: value for name, value in content.items() if name not in _HEAD}


_HEAD = ("kind", "format_version", "confsync_version", "signature")


def _check_names(saved: SavedPlan) -> None:
    # Other files are named after the id and the environment.
    if not re.fullmatch(r"[0-9a-f]{32}", saved.id):
        raise ValueError("id: it is not 32 hexadecimal digits")
    if not re.fullmatch(r"[A-Za-z0-9_-]+", saved.plan.target.environment or "none"):
        raise ValueError("environment: it is not letters, digits, `-` and `_`")


def _secrets(plan: Plan) -> Iterator[SecretField]:
    for change in plan.changes:
        for name, value in change.send.items():
            if isinstance(value, Secret | MissingSecret):
                yield change.address, name


def _reduced(plan: Plan) -> Plan:
    """Remove what a file must not hold: of a live resource, keep only what is managed and what identifies it."""
    content = {name: getattr(plan, name) for name in Plan.__struct_fields__}
    unmanaged = tuple(replace(each, found=_reduced_stranger(each.found)) for each in plan.unmanaged)
    return Plan(**{**content, "changes": tuple(map(_reduced_change, plan.changes)), "unmanaged": unmanaged})


def _reduced_stranger(found: LiveResource) -> LiveResource:
    """Keep what the plan shows of a resource that nothing declares: its name, and its type."""
    shown = {each.name for each in found.kind.key_fields if each.choices or each is found.kind.name_field}
    return LiveResource(found.kind, found.sid, {name: each for name, each in found.fields.items() if name in shown})


def _reduced_change(change: Change) -> Change:
    return replace(
        change,
        match=change.match and _reduced_match(change, change.match),
        precondition=precondition_of(change) if change.actions else None,
        before=_managed_values(change),
        differences=tuple(map(_masked_difference, change.differences)),
    )


def _managed_values(change: Change) -> Mapping[str, LiveValue]:
    """Select the live values that are declared or that identify the resource."""
    # The resource may be a person, about whom Twilio knows more than this configuration manages.
    if not change.desired.fields:
        return change.before
    keys = {each.name for each in change.kind.key_fields}
    return {
        name: value
        for name, value in change.before.items()
        if name in keys or change.desired.wants(change.kind.by_name[name])
    }


def _reduced_match(change: Change, match: Match) -> Match:
    hidden, found = sensitive_fields(change), match.found
    names = [each.name for each in (*change.kind.key_fields, *filter(None, (change.kind.name_field,)))]
    fields = {name: found.fields[name] for name in names if name in found.fields and name not in hidden}
    urls = {each.name: change.before.get(each.name) for each in found.kind.receivers if each.name in fields}
    fields |= {name: url for name, url in urls.items() if isinstance(url, str)}
    return replace(match, found=LiveResource(found.kind, found.sid, fields))


def _masked_difference(difference: Difference) -> Difference:
    parts = (replace(each, before=_masked(each.before), after=_masked(each.after)) for each in difference.parts)
    return replace(difference, parts=tuple(parts))


def _masked(text: str | None) -> str | None:
    return None if text is None else mask_urls(text)


def _text(path: Path) -> str:
    try:
        raw = read_whole_file(path, MAX_BYTES)
    except NotRegularFileError as error:
        raise LocalFileError(f"The plan {path} is not a file.", hint=_SAVE) from error
    except FileTooLargeError as error:
        raise _not_a_plan(path, f"it is larger than {MAX_BYTES // 1024 // 1024} MiB") from error
    except OSError as error:
        raise LocalFileError(f"The plan {path} cannot be read: {error.strerror}.", hint=_SAVE) from error
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise _not_a_plan(path, "it is not UTF-8 text") from error


def _content(path: Path, text: str) -> dict[str, object]:
    # A key must not appear twice: what is signed must be what is read.
    try:
        content = parse_strict_json(text)
    except StrictJsonError as error:
        raise _not_a_plan(path, f"it {error}") from error
    if not isinstance(content, dict) or content.get("kind") != KIND:
        raise _not_a_plan(path, f"its `kind` is not '{KIND}'")
    version = content.get("format_version")
    if isinstance(version, int) and version > FORMAT_VERSION:
        raise LocalFileError(
            f"The plan {path} has format {version}, and this version of confsync reads formats up to {FORMAT_VERSION}.",
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
            hint="Make a new plan with CONFSYNC_PLAN_KEY set: `confsync plan --out FILE`.",
        )
    if not isinstance(signature, str) or not _is_equal(signature, _signature(content, key)):
        raise Refused(
            f"The plan {path} was edited, or signed with another key.",
            hint="Make a new plan with this key in CONFSYNC_PLAN_KEY: `confsync plan --out FILE`.",
        )


def _is_equal(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode())


def _signature(content: dict[str, object], key: Secret) -> str:
    """Compute HMAC-SHA256 over the canonical JSON of everything but the signature."""
    signed = {name: value for name, value in content.items() if name != "signature"}
    canonical = canonical_json(signed).encode("utf-8", "surrogatepass")
    return "hmac-sha256:" + hmac.new(key.reveal().encode(), canonical, hashlib.sha256).hexdigest()


_SAVE = "Name a file that `confsync plan --out FILE` wrote."


def _not_a_plan(path: Path, why: str) -> LocalFileError:
    return LocalFileError(f"The file {path} is not a saved plan, or it is damaged: {why}.", hint=_SAVE)
