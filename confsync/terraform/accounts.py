"""Decides which account the resources of a state belong to."""

from collections import Counter
from collections.abc import Iterable, Mapping

from confsync.errors import UsageError
from confsync.names import Sid, is_sid
from confsync.plan.exported import LeftOut
from confsync.terraform.collecting import Imported


def choose_account(resources: Iterable[Imported], chosen: str | None, name: str) -> str:
    """Return the account to import. Raises UsageError if the state names none or several, and none is chosen."""
    found = Counter(filter(None, map(account_sid_of, resources)))
    if chosen is not None:
        if not is_sid(chosen, "AC"):
            raise UsageError("--account-sid is not the SID of an account.", hint=_SHAPE)
        if found and chosen not in found:
            raise UsageError(
                f"{name} has no resources of the account {chosen}.", hint=f"It has those of {', '.join(sorted(found))}."
            )
        return chosen
    if not found:
        raise UsageError(
            f"{name} does not say which account its resources belong to.", hint="Add --account-sid with its SID."
        )
    if len(found) > 1:
        listed = ", ".join(f"{sid} ({count})" for sid, count in sorted(found.items()))
        raise UsageError(
            f"{name} has resources of several accounts: {listed}.",
            hint="Add --account-sid to import one of them, and import each into a folder of its own.",
        )
    return next(iter(found))


_SHAPE = "It is AC followed by 32 hexadecimal digits."


def account_sid_of(resource: Imported) -> str | None:
    """Return the account that the attributes of a resource name."""
    found = resource.resource.attributes.get("account_sid")
    return found if isinstance(found, str) and is_sid(found, "AC") else None


def in_account(resources: Iterable[Imported], account: str, left_out: list[LeftOut]) -> list[Imported]:
    """Keep the resources of an account; add the others to `left_out`.

    The state of a service does not name its account, but that of a role does. So a resource without an account has that
    of what it contains, or of what contains it.
    """
    every = tuple(resources)
    known = _accounts_by_sid(every)
    several = len({sid for accounts in known.values() for sid in accounts}) > 1
    kept: list[Imported] = []
    for each in every:
        own = account_sid_of(each)
        accounts = {own} if own else known.get(each.sid) or known.get(each.parent) or set()
        if account in accounts or not (accounts or several):
            kept.append(each)
        else:
            named = " or ".join(sorted(accounts))
            why = f"it is in the account {named}" if named else "the state does not say which account it is in"
            left_out.append(LeftOut(each.address, why))
    return kept


def _accounts_by_sid(resources: Iterable[Imported]) -> Mapping[Sid | None, set[str]]:
    known: dict[Sid | None, set[str]] = {}
    for each in resources:
        account = account_sid_of(each)
        for sid in (each.sid, each.parent):
            if account and sid:
                known.setdefault(sid, set()).add(account)
    return known
