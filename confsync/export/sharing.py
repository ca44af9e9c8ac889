"""Fits an export into the configuration in use, if that has other environments for the same account."""

from collections.abc import Iterable

from confsync.config.config import Config
from confsync.export.tree import ExportedResource
from confsync.names import Address
from confsync.quoting import in_quotes
from confsync.resources import is_account_level


def fit_between_environments(
    roots: Iterable[ExportedResource], config: Config, environment: str
) -> tuple[Address, ...] | None:
    """Limit each new resource to one environment, and leave out those that only a different one may declare.

    Return the addresses that both declare, each for a resource of its own; None if no other environment exists.
    """
    shared: list[Address] = []
    for each in roots if config.sharing else ():
        declaring = next((one.name for one in config.sharing if each.address in one.top_level), None)
        account = next((one.name for one in config.sharing if one.declares_account), None)
        if account and is_account_level(each.kind) and not each.lookup:
            each.refused = (
                f"environment {in_quotes(account)} declares resources of the account itself, and only one may"
            )
        elif declaring and each.address not in config.declared:
            each.refused = f"environment {in_quotes(declaring)} declares this address"
        elif declaring:
            shared.append(each.address)
        else:
            each.only = environment
    return tuple(shared) if config.sharing else None
