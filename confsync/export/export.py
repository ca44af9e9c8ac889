"""Exports the live account: reads it, names it, writes it as YAML, and plans what it wrote."""

import asyncio
from collections import Counter
from collections.abc import Iterator

from msgspec.structs import replace

from confsync.collector import gc_paused
from confsync.config.config import Config
from confsync.export.checking import accepted_export
from confsync.export.document import (
    ExportHeader,
    RenderedExport,
    check_environment_name,
    exported_files,
)
from confsync.export.elsewhere import OwnExport, without_other_environments
from confsync.export.flex import look_up_what_flex_owns
from confsync.export.naming import Naming
from confsync.export.reader import ExportProgress, read_account
from confsync.export.selection import ExportSelection, check_export
from confsync.export.sensitive import mark_sensitive_values
from confsync.export.sharing import fit_between_environments
from confsync.export.tree import build_tree
from confsync.export.values import left_out_of
from confsync.export.variables import ExportVariables
from confsync.live.identity import identify
from confsync.live.snapshot import Snapshot
from confsync.plan.exported import ExportedAccount, ExportScope, LeftOut
from confsync.plan.plan import Plan, Target
from confsync.planning.make import make_plan
from confsync.state.fingerprints import Fingerprinter
from confsync.state.ledger import Ledger
from confsync.state.other_environments import NO_OTHERS, OtherEnvironments
from confsync.twilio.api import Api

DEFAULT_ENVIRONMENT = "main"

__all__ = ["DEFAULT_ENVIRONMENT", "ExportProgress", "export_account"]


async def export_account(
    api: Api,
    config: Config,
    ledger: Ledger,
    scope: ExportScope,
    target: Target,
    fingerprinter: Fingerprinter,
    progress: ExportProgress,
    others: OtherEnvironments = NO_OTHERS,
) -> ExportedAccount:
    """Read the account, and write it as a configuration whose plan is made from what was read.

    `config` and `ledger` say which addresses are in use, and `others` what different environments own. Raises
    UsageError for a glob that selects nothing, and what the client raises.
    """
    check_export(scope)
    header = _header(config, scope, target.account_sid)
    naming, selection = Naming(config, ledger), ExportSelection(scope)
    reading = await read_account(api, selection, naming, progress)

    def write() -> ExportedAccount:
        with gc_paused():
            tree = build_tree(reading, selection, naming)
            if scope.flex:
                look_up_what_flex_owns(tree.roots)
            own = without_other_environments(tree, config, ledger, others)
            shared = fit_between_environments(own.tree.roots, config, header.environment)
            mark_sensitive_values(own.tree, config, ledger)
            variables = ExportVariables(own.tree)
            rendered, written = accepted_export(
                own.tree, variables, replace(header, elsewhere=own.counts, shared=shared)
            )
            # Nobody has a ledger of it yet: each resource must be found by its name, or by `adopt`.
            nothing = Ledger(account_sid=ledger.account_sid, host=ledger.host)
            snapshot = Snapshot(identify(written, reading, nothing, others), frozenset(written.resources))
            plan = make_plan(written, snapshot, target, ledger=nothing, fingerprinter=fingerprinter)
            plan = replace(plan, reads=api.requests["reads"])
            return _exported(header, own, variables, rendered, written, plan)

    # Loading and planning a thousand services takes seconds.
    return await asyncio.to_thread(write)


def _exported(
    header: ExportHeader,
    own: OwnExport,
    variables: ExportVariables,
    rendered: RenderedExport,
    written: Config,
    plan: Plan,
) -> ExportedAccount:
    declared = written.declared
    return ExportedAccount(
        account_sid=header.account_sid,
        environment=header.environment,
        document=rendered.document,
        files=tuple(exported_files(rendered, variables, declared.values())),
        addresses=tuple(declared),
        counts=dict(sorted(Counter(each.kind.section for each in declared.values()).items())),
        left_out=tuple(_left_out(header, own, variables)),
        owned_elsewhere=own.counts,
        secrets=dict(variables.secrets),
        adopted=len(written.adopt),
        plan=plan,
    )


def _header(config: Config, scope: ExportScope, account_sid: str) -> ExportHeader:
    environment, environ = config.environment, config.options.environ
    name = scope.environment or environment.name or DEFAULT_ENVIRONMENT
    check_environment_name(name)
    settings = {
        "region": environment.region or environ.get("TWILIO_REGION", ""),
        "edge": environment.edge or environ.get("TWILIO_EDGE", ""),
        "credentials": environment.credentials if environment.credentials != "TWILIO" else "",
    }
    return ExportHeader(
        account_sid=account_sid,
        environment=name,
        settings=(*((key, value) for key, value in settings.items() if value), *scope.settings),
        schema=scope.schema,
        personal=ExportSelection(scope).left_out_sections(),
        partial=bool(scope.selection),
    )


def _left_out(header: ExportHeader, own: OwnExport, variables: ExportVariables) -> Iterator[LeftOut]:
    """Yield what the configuration contains only as a comment, or not at all."""
    for section in header.personal:
        yield LeftOut(section, f"personal data, and maybe millions: `confsync export --with {section}` includes them")
    yield from own.left_out
    yield from left_out_of(own.tree, variables)
