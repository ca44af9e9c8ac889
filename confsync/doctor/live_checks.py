"""What a doctor looks at by asking Twilio, with GET alone: who we are, whether we may read, and what is there twice."""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from http import HTTPStatus
from pathlib import Path

from msgspec import Struct

from confsync.config.config import Config
from confsync.doctor.check import Check, Health, failed, ok, warning
from confsync.errors import ConfsyncError, NotAuthorised, Refused, TwilioError
from confsync.live import snapshot
from confsync.live.snapshot import Snapshot
from confsync.model import Kind
from confsync.names import collection_url, member_url
from confsync.planning.orphans import without_forgotten
from confsync.resources.account_configuration import AccountConfiguration
from confsync.resources.credential import Credential
from confsync.resources.role import Role
from confsync.resources.service import Service
from confsync.state import store
from confsync.state.ledger import Entry, Ledger
from confsync.state.store import JournalState, LedgerState
from confsync.twilio.api import Api
from confsync.twilio.body import Json

LARGEST_LAG = 60
"""Seconds that this machine's clock may be away from Twilio's before it is told."""

NOT_LOOKED_AT = "not looked at, since"


class DoctorContext(Struct, frozen=True):
    """What is to be looked at: `expected` is the account that is meant as far as one is named, `check` refuses others.

    Without a configuration there is only the account itself to look at.
    """

    api: Api
    host: str
    ledger: Path
    expected: str | None
    check: Callable[[str], None]
    config: Config | None


async def live_checks(patient: DoctorContext) -> AsyncIterator[Check]:
    """Look at everything that Twilio has a part in; what fails stops only what needs it."""
    signed_in = await _sign_in(patient.api)
    yield _credentials(signed_in)
    sid = signed_in if isinstance(signed_in, str) else None
    right = _account(patient, sid)
    yield right
    yield _clock(patient.api)
    yield await _permissions(patient.api, signed_in)
    known, ledger = _ledger(patient, sid)
    yield ledger
    yield await _names(patient, known, sid if right.error is None else None)


async def _sign_in(api: Api) -> str | TwilioError:
    try:
        return await api.account()
    except TwilioError as trouble:
        return trouble


def _credentials(signed_in: str | TwilioError) -> Check:
    if isinstance(signed_in, TwilioError) and not _is_forbidden(signed_in):
        return failed("credentials", signed_in)
    return ok("credentials", "present, and Twilio knows them")


def _is_forbidden(trouble: TwilioError) -> bool:
    """Whether Twilio knows who asks, and says no all the same."""
    return isinstance(trouble, NotAuthorised) and trouble.answer.status == HTTPStatus.FORBIDDEN


def _account(patient: DoctorContext, sid: str | None) -> Check:
    if sid is None:
        return warning("account", f"{NOT_LOOKED_AT} Twilio did not tell it", "Mend the credentials first.")
    try:
        patient.check(sid)
    except Refused as wrong:
        return failed("account", wrong)
    text = f"{sid}, by {patient.host}"
    environment = patient.config.environment if patient.config else None
    if environment is None or environment.account_sid is None:
        hint = f"Name the account in an environment: `account_sid: {sid}`."
        return warning("account", f"{text}; the configuration does not say that it is the right one", hint)
    return ok("account", f"{text}, as environment {environment.name} wants it")


def _clock(api: Api) -> Check:
    lead = api.clock_skew
    if lead is None:
        return ok("clock", "no answer told the time, so that it was not compared")
    seconds = round(abs(lead))
    if seconds > LARGEST_LAG:
        text = f"this machine's clock is {seconds} seconds {'ahead of' if lead > 0 else 'behind'} Twilio's"
        return warning("clock", text, "Set the clock, for example by NTP.")
    return ok("clock", f"within {LARGEST_LAG} seconds of Twilio's")


async def _permissions(api: Api, signed_in: str | TwilioError) -> Check:
    if isinstance(signed_in, TwilioError) and not _is_forbidden(signed_in):
        return warning("permissions", f"{NOT_LOOKED_AT} nobody is signed in", "Mend the credentials first.")
    refused: dict[Kind, TwilioError] = {}
    if isinstance(signed_in, TwilioError):
        refused[AccountConfiguration.kind] = signed_in
    try:
        refused |= {kind: why async for kind, why in _unreadable(api)}
    except TwilioError as trouble:
        return failed("permissions", trouble)
    if not refused:
        return ok("permissions", f"everything can be read that was tried: {_titles(_TRIED)}; no write was tried")
    text = f"may not be read: {_titles(refused)}"
    return Check("permissions", Health.FAILED, text, _MORE_RIGHTS, next(iter(refused.values())))


_TRIED = (AccountConfiguration.kind, Service.kind, Role.kind, Credential.kind)
_MORE_RIGHTS = "Use an API key of the type Standard, or give a restricted one what it lacks."


def _titles(kinds: Iterable[Kind]) -> str:
    return ", ".join(each.title if each.singleton else each.section for each in kinds)


async def _unreadable(api: Api) -> AsyncIterator[tuple[Kind, NotAuthorised]]:
    """Give each kind that may not be read, and why; roles are those of whichever service comes first."""
    services = collection_url(Service.kind)
    found = await _first_page(api, Service.kind, services)
    if isinstance(found, NotAuthorised):
        yield Service.kind, found
    else:
        for sid in found:
            roles = await _first_page(api, Role.kind, collection_url(Role.kind, member_url(services, sid)))
            if isinstance(roles, NotAuthorised):
                yield Role.kind, roles
    credentials = await _first_page(api, Credential.kind, collection_url(Credential.kind))
    if isinstance(credentials, NotAuthorised):
        yield Credential.kind, credentials


async def _first_page(api: Api, kind: Kind, path: str) -> tuple[str, ...] | NotAuthorised:
    """Give the SID of the first member, where there is one; or why it may not be read."""
    pages = api.pages(path, kind.list_key, 1)
    try:
        page: list[Json] = await anext(pages, [])
    except NotAuthorised as refused:
        return refused
    finally:
        await pages.aclose()
    return tuple(str(each["sid"]) for each in page[:1])


def _ledger(patient: DoctorContext, sid: str | None) -> tuple[LedgerState | None, Check]:
    whose = patient.expected or sid
    if whose is None:
        text = f"{NOT_LOOKED_AT} it is not known whose it would be"
        return None, warning("ledger", text, "Mend the credentials first.")
    required = bool(patient.config and patient.config.environment.require_ledger)
    try:
        known = store.read_state(patient.ledger, account_sid=whose, host=patient.host, required=required)
    except ConfsyncError as trouble:
        return None, failed("ledger", trouble)
    return known, _standing(known, patient)


def _standing(known: LedgerState, patient: DoctorContext) -> Check:
    name = patient.ledger.name
    if not known.present:
        text = f"there is no {name}: what exists is adopted by name, and each secret is sent once more"
        return warning("ledger", text, "Restore it from version control, unless nothing was applied yet.")
    text = f"{name} is sound, serial {known.ledger.serial}, {len(known.ledger.entries)} entries"
    if known.state is JournalState.OPEN:
        hint = "Run `confsync apply`: it takes in what the journal tells."
        return warning("ledger", f"{text}; an apply was cut short, and left a journal behind", hint)
    if known.warnings:
        return warning("ledger", f"{text}; {known.warnings[0].summary}", known.warnings[0].detail)
    if left := tuple(_undeclared(patient.config, known.ledger)):
        hint = "Run `confsync plan`: it says what to do about each."
        return warning("ledger", f"{text}, of which {len(left)} are no longer declared", hint)
    return ok("ledger", text)


def _undeclared(config: Config | None, ledger: Ledger) -> Iterator[Entry]:
    """Give what we own and nobody declares."""
    declared = config.resources if config else {each.address for each in ledger.entries}
    return (each for each in ledger.entries if each.sid and not (each.current and each.address in declared))


async def _names(patient: DoctorContext, known: LedgerState | None, sid: str | None) -> Check:
    config = patient.config
    if config is None or known is None or sid is None:
        text = f"{NOT_LOOKED_AT} that takes a valid configuration, the right account and a sound ledger"
        return warning("names", text, "Mend what failed first.")
    try:
        live = await snapshot.take_snapshot(patient.api, config, without_forgotten(config, known.ledger))
    except ConfsyncError as trouble:
        return failed("names", trouble)
    return _ambiguous(live) or _doubled(live) or ok("names", "no declared resource could be more than one live thing")


def _ambiguous(live: Snapshot) -> Check | None:
    said = [f"{address} could be {' or '.join(sids)}" for address, sids in live.identity.ambiguous.items()]
    if not said:
        return None
    return failed(
        "names", Refused("; ".join(said), hint="Write under `adopt` which one it is: `adopt: {ADDRESS: SID}`.")
    )


def _doubled(live: Snapshot) -> Check | None:
    """Tell of things that carry one name where things are declared; who they are is clear, until the ledger is lost."""
    twice = [sids for sids in live.bearers.values() if len(set(sids)) > 1]
    if not twice:
        return None
    said = "; ".join(" and ".join(sorted(set(sids))) for sids in twice)
    return warning("names", f"these carry the same name: {said}", "Delete what nobody needs at Twilio.")
