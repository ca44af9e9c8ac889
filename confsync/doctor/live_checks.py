"""Checks what Twilio knows, with GET requests alone: the account, its permissions, and names that are used twice."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from http import HTTPStatus
from pathlib import Path

from msgspec import Struct

from confsync.config.config import Config
from confsync.doctor.check import Check, CheckStatus
from confsync.doctor.check_names import CheckName
from confsync.errors import ConfsyncError, NotAuthorised, Refused, TwilioError
from confsync.live.snapshot import Snapshot, take_snapshot
from confsync.live.source import TwilioSource
from confsync.model import Kind
from confsync.names import API, collection_url, member_url
from confsync.planning.orphans import without_forgotten
from confsync.planning.probable_duplicates import find_probable_duplicates
from confsync.resources import KINDS
from confsync.state.fingerprints import Fingerprinter
from confsync.state.ledger import Entry, Ledger
from confsync.state.ledger_adoption import LedgerUse, unused_ledger_guardrails
from confsync.state.ledger_branch import LedgerBranch
from confsync.state.other_environments import NO_OTHERS, OtherEnvironments
from confsync.state.store import JournalState, LedgerState, read_state
from confsync.twilio.api import Api
from confsync.twilio.body import Json

MAX_CLOCK_SKEW = 60
"""How many seconds this machine's clock may differ from Twilio's without a warning."""

LIVE_CHECKS = (
    CheckName.CREDENTIALS,
    CheckName.ACCOUNT,
    CheckName.CLOCK,
    CheckName.PERMISSIONS,
    CheckName.LEDGER,
    CheckName.NAMES,
)


class DoctorContext(Struct, frozen=True):
    """What to check. `expected` is the account that the configuration names, if any; `check_account` refuses others.

    Without a configuration, only the account itself is checked, and `use` is None.
    """

    api: Api
    host: str
    ledger: Path
    expected: str | None
    check_account: Callable[[str], None]
    config: Config | None
    fingerprinter: Fingerprinter
    use: LedgerUse | None = None
    other_environments: Callable[[str], OtherEnvironments] = lambda _: NO_OTHERS

    @property
    def branch(self) -> LedgerBranch | None:
        """Where the ledger is, if it is not a file."""
        return self.use.branch if self.use else None


async def run_live_checks(context: DoctorContext) -> tuple[Check, ...]:
    """Make every check that needs Twilio. A failed check stops only those that depend on it."""
    signed_in = await _sign_in(context.api)
    sid = signed_in if isinstance(signed_in, str) else None
    account = _account(context, sid)
    ledger_state, ledger = await asyncio.to_thread(_ledger, context, sid)
    return (
        _credentials(signed_in),
        account,
        _clock(context.api),
        await _permissions(context.api, signed_in),
        ledger,
        await _names(context, ledger_state, sid if account.error is None else None),
    )


def skip_live_checks(error: ConfsyncError | None) -> tuple[Check, ...]:
    """Report that Twilio could not be asked: credentials are missing, or it is not known which emulator to use."""
    reason = "Twilio could not be asked"
    credentials, *others = LIVE_CHECKS
    first = Check.failed(credentials, error) if error else Check.skipped(credentials, reason)
    return (first, *(Check.skipped(name, reason) for name in others))


async def _sign_in(api: Api) -> str | TwilioError:
    try:
        return await api.account()
    except TwilioError as error:
        return error


def _credentials(signed_in: str | TwilioError) -> Check:
    if isinstance(signed_in, TwilioError) and not _is_forbidden(signed_in):
        return Check.failed(CheckName.CREDENTIALS, signed_in)
    if isinstance(signed_in, TwilioError):
        return Check.ok(CheckName.CREDENTIALS, "present; Twilio knows them, and denied to read the account with them")
    return Check.ok(CheckName.CREDENTIALS, "present, and accepted by Twilio")


def _is_forbidden(error: TwilioError) -> bool:
    """Whether Twilio accepted the credentials and still denied the request."""
    return isinstance(error, NotAuthorised) and error.response.status == HTTPStatus.FORBIDDEN


def _account(context: DoctorContext, sid: str | None) -> Check:
    if sid is None:
        return Check.skipped(CheckName.ACCOUNT, "Twilio did not return it", "Fix the credentials first.")
    try:
        context.check_account(sid)
    except Refused as error:
        return Check.failed(CheckName.ACCOUNT, error)
    text = f"{sid} at {context.host}"
    if context.config is None:
        return Check.skipped(CheckName.ACCOUNT, f"{text}; no valid configuration says which account it is for")
    environment = context.config.environment
    if environment.account_sid is None:
        hint = f"Name the account in an environment: `account_sid: {sid}`."
        return Check.warning(
            CheckName.ACCOUNT, f"{text}; the configuration does not name the account that it is for", hint
        )
    return Check.ok(CheckName.ACCOUNT, f"{text}, as environment {environment.name} requires")


def _clock(api: Api) -> Check:
    skew = api.clock_skew
    if skew is None:
        return Check.skipped(
            CheckName.CLOCK, "no response contained the time", "Compare this machine's clock yourself."
        )
    seconds = round(abs(skew))
    if seconds > MAX_CLOCK_SKEW:
        text = f"this machine's clock is {seconds} seconds {'ahead of' if skew > 0 else 'behind'} Twilio's"
        return Check.warning(CheckName.CLOCK, text, "Set the clock, for example by NTP.")
    return Check.ok(CheckName.CLOCK, f"within {MAX_CLOCK_SKEW} seconds of Twilio's")


async def _permissions(api: Api, signed_in: str | TwilioError) -> Check:
    if isinstance(signed_in, TwilioError) and not _is_forbidden(signed_in):
        return Check.skipped(CheckName.PERMISSIONS, "the check of the credentials failed")
    denied: dict[Kind, TwilioError] = {}
    if isinstance(signed_in, TwilioError):
        denied |= dict.fromkeys(SIGN_IN_PROBES, signed_in)
    try:
        probed = {kind: error async for kind, error in _probes(api, None, API)}
    except TwilioError as error:
        return Check.failed(CheckName.PERMISSIONS, error)
    denied |= {kind: error for kind, error in probed.items() if error}
    if not denied:
        return Check.ok(CheckName.PERMISSIONS, _readable((*SIGN_IN_PROBES, *probed)))
    text = f"not readable: {_titles(denied)}"
    return Check(CheckName.PERMISSIONS, CheckStatus.FAILED, text, _MORE_PERMISSIONS, next(iter(denied.values())))


SIGN_IN_PROBES = tuple(kind for kind in KINDS if kind.permission_probe == "sign-in")
PAGE_PROBES = tuple(kind for kind in KINDS if kind.permission_probe == "first page")
_MORE_PERMISSIONS = "Use an API key of type Standard, or give a restricted key the missing permissions."


def _titles(kinds: Iterable[Kind]) -> str:
    return ", ".join(each.title if each.singleton else each.plural for each in kinds)


def _readable(probed: Iterable[Kind]) -> str:
    """Name the kinds that were read, and say what was not checked."""
    tried = tuple(probed)
    empty = [each for each in PAGE_PROBES if each not in tried]
    reasons = [f"{each.plural}, because there is no {each.parent.title} to look in" for each in empty if each.parent]
    return f"readable: {_titles(tried)}; not checked: {'; '.join((*reasons, 'other types, and write permissions'))}"


async def _probes(api: Api, parent: Kind | None, above: str) -> AsyncIterator[tuple[Kind, NotAuthorised | None]]:
    """Try to read each kind, in the first resource of the kind above it, and yield why it cannot be read."""
    for kind in (each for each in PAGE_PROBES if each.parent is parent):
        url = collection_url(kind, above)
        found = await _first_sid(api, kind, url)
        yield kind, found if isinstance(found, NotAuthorised) else None
        if isinstance(found, str) and found:
            async for each in _probes(api, kind, member_url(url, found)):
                yield each


async def _first_sid(api: Api, kind: Kind, url: str) -> str | NotAuthorised:
    """Read the SID of the first resource, empty if there is none, or return why it cannot be read."""
    pages = api.pages(url, kind.list_key, 1)
    try:
        page: list[Json] = await anext(pages, [])
    except NotAuthorised as error:
        return error
    finally:
        await pages.aclose()
    return str(page[0]["sid"]) if page else ""


def _ledger(context: DoctorContext, sid: str | None) -> tuple[LedgerState | None, Check]:
    account = context.expected or sid
    if account is None:
        return None, Check.skipped(CheckName.LEDGER, "the account is unknown", "Fix the credentials first.")
    required = bool(context.config and context.config.environment.require_ledger)
    try:
        state = read_state(
            context.ledger, account_sid=account, host=context.host, required=required, branch=context.branch
        )
    except ConfsyncError as error:
        return None, Check.failed(CheckName.LEDGER, error)
    return state, _unused_ledger(state, context) or _ledger_check(state, context)


def _unused_ledger(state: LedgerState, context: DoctorContext) -> Check | None:
    """Find another ledger of this account that would block every plan."""
    found = unused_ledger_guardrails(context.use, state.ledger, present=state.present) if context.use else ()
    if not found:
        return None
    return Check.failed(CheckName.LEDGER, Refused(f"{found[0].text}.", hint=f"To fix it: {found[0].override}."))


def _ledger_check(state: LedgerState, context: DoctorContext) -> Check:
    name = str(context.branch or context.ledger.name)
    if not state.present:
        text = f"there is no {name}: existing resources are adopted by name, and each secret is sent again"
        return Check.warning(CheckName.LEDGER, text, "Restore it from version control, unless nothing was applied yet.")
    text = f"{name} is valid, serial {state.ledger.serial}, {len(state.ledger.entries)} entries"
    if state.state is JournalState.OPEN:
        hint = "Run `confsync apply`: it takes over what the journal contains."
        return Check.warning(CheckName.LEDGER, f"{text}; an apply was interrupted and left a journal behind", hint)
    if state.warnings:
        return Check.warning(CheckName.LEDGER, f"{text}; {state.warnings[0].summary}", state.warnings[0].detail)
    if undeclared := tuple(_undeclared(context.config, state.ledger)):
        hint = "Run `confsync plan`: it says what to do about each."
        return Check.warning(CheckName.LEDGER, f"{text}, of which {len(undeclared)} are no longer declared", hint)
    if other := _other_fingerprints(state.ledger, context.fingerprinter):
        made = f"{other} fingerprint{'s were' if other > 1 else ' was'} made with another key"
        hint = "Set CONFSYNC_FINGERPRINT_KEY to that key. Otherwise, the next apply sends these secrets again."
        return Check.warning(CheckName.LEDGER, f"{text}; {made}", hint)
    compared = "" if context.config else "; not compared with the configuration, which is not valid"
    return Check.ok(CheckName.LEDGER, f"{text}{compared}")


def _other_fingerprints(ledger: Ledger, fingerprinter: Fingerprinter) -> int:
    """Count the fingerprints that cannot be compared with the key at hand."""
    known = (fingerprint for each in ledger.entries for fingerprint in each.fingerprints.values())
    return sum(not fingerprinter.recognises(each) for each in known)


def _undeclared(config: Config | None, ledger: Ledger) -> Iterator[Entry]:
    """Find the owned resources that are not declared."""
    declared = config.declared if config else {each.address for each in ledger.entries}
    return (each for each in ledger.entries if each.sid and not (each.current and each.address in declared))


async def _names(context: DoctorContext, state: LedgerState | None, sid: str | None) -> Check:
    config = context.config
    if config is None or state is None or sid is None:
        return Check.skipped(CheckName.NAMES, "this needs a valid configuration, the right account and a valid ledger")
    try:
        others = await asyncio.to_thread(context.other_environments, sid)
        ours = without_forgotten(config, state.ledger)
        live = await take_snapshot(TwilioSource(context.api), config, ours, others)
    except ConfsyncError as error:
        return Check.failed(CheckName.NAMES, error)
    return (
        _owned_elsewhere(live)
        or _ambiguous(live)
        or _probable_duplicate(live)
        or _same_name(live)
        or Check.ok(CheckName.NAMES, "every declared resource matches at most one live resource")
    )


def _owned_elsewhere(live: Snapshot) -> Check | None:
    found = [f"{address} belongs to {each.owner}" for address, each in live.identity.elsewhere.items()]
    hint = "Run `confsync plan`: it says what to do about each."
    return Check.failed(CheckName.NAMES, Refused(f"{'; '.join(found)}.", hint=hint)) if found else None


def _ambiguous(live: Snapshot) -> Check | None:
    found = [f"{address} could be {' or '.join(sids)}" for address, sids in live.identity.ambiguous.items()]
    hint = "Write under `adopt` which one it is: `adopt: {ADDRESS: SID}`."
    return Check.failed(CheckName.NAMES, Refused("; ".join(found), hint=hint)) if found else None


def _probable_duplicate(live: Snapshot) -> Check | None:
    """Warn of what the next plan lists as probable duplicates."""
    unmanaged = {each.found.sid for each in live.unmanaged} - live.ledger.owner.keys() - live.other_owners.keys()
    pairs = find_probable_duplicates(live, unmanaged)
    found = [f"{each.duplicate_sid} of {each.address} ({each.sid})" for each in pairs]
    hint = "Run `confsync repair duplicates`: it deletes the newer ones."
    return Check.warning(CheckName.NAMES, f"probable duplicates: {'; '.join(found)}", hint) if found else None


def _same_name(live: Snapshot) -> Check | None:
    """Warn of live resources that share a name: the ledger tells them apart, but only until it is lost."""
    ours = (frozenset(sids) - live.other_owners.keys() for sids in live.sids_by_key.values())
    found = [" and ".join(sorted(sids)) for sids in ours if len(sids) > 1]
    if not found:
        return None
    return Check.warning(
        CheckName.NAMES, f"these have the same name: {'; '.join(found)}", "Delete the unneeded ones in Twilio."
    )
