"""Exports the live account: reads it, names it, writes it as YAML, and plans what it wrote."""

import asyncio
import re
import shlex
from collections import Counter
from collections.abc import Iterator

from confsync.collector import gc_paused
from confsync.config.config import Config
from confsync.config.variable import PREFIX
from confsync.errors import UsageError
from confsync.export.checking import accepted_export
from confsync.export.document import SECRETS, ExportHeader, RenderedExport, written_resources
from confsync.export.naming import Naming
from confsync.export.reader import ExportProgress, read_account
from confsync.export.selection import ExportSelection, check_export
from confsync.export.tree import ExportTree, build_tree, walk_resources
from confsync.export.values import written_values
from confsync.export.variables import ExportVariables
from confsync.live.identity import identify
from confsync.live.snapshot import Snapshot
from confsync.plan.exported import ExportedAccount, ExportedFile, ExportScope, LeftOut
from confsync.plan.plan import Plan, Target
from confsync.planning.make import make_plan
from confsync.quoting import in_quotes
from confsync.state.fingerprints import Fingerprinter
from confsync.state.ledger import Ledger
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
) -> ExportedAccount:
    """Read the account, and write it as a configuration whose plan is made from what was read.

    `config` and `ledger` say which addresses are in use. Raises UsageError for a glob that selects nothing, and what
    the client raises.
    """
    check_export(scope)
    header = _header(config, scope, target.account_sid)
    naming, selection = Naming(config, ledger), ExportSelection(scope)
    reading = await read_account(api, selection, naming, progress)

    def write() -> ExportedAccount:
        with gc_paused():
            tree = build_tree(reading, selection, naming)
            variables = ExportVariables(tree)
            rendered, written = accepted_export(tree, variables, header)
            # Nobody has a ledger of it yet: each resource must be found by its name, or by `adopt`.
            nothing = Ledger(account_sid=ledger.account_sid, host=ledger.host)
            snapshot = Snapshot(identify(written, reading, nothing), frozenset(written.resources))
            reads = api.requests["reads"]
            plan = make_plan(written, snapshot, target, ledger=nothing, fingerprinter=fingerprinter, reads=reads)
            return _exported(header, tree, variables, rendered, plan)

    # Loading and planning a thousand services takes seconds.
    return await asyncio.to_thread(write)


def _exported(
    header: ExportHeader, tree: ExportTree, variables: ExportVariables, rendered: RenderedExport, plan: Plan
) -> ExportedAccount:
    resources = written_resources(tree)
    return ExportedAccount(
        account_sid=header.account_sid,
        environment=header.environment,
        document=rendered.document,
        files=tuple(_files(rendered, variables)),
        addresses=tuple(each.address for each in resources),
        counts=dict(sorted(Counter(each.kind.section for each in resources).items())),
        left_out=tuple(_left_out(header, tree, variables)),
        secrets=dict(variables.secrets),
        adopted=sum(each.adopted for each in resources),
        plan=plan,
    )


def _header(config: Config, scope: ExportScope, account_sid: str) -> ExportHeader:
    environment, environ = config.environment, config.options.environ
    name = scope.environment or environment.name or DEFAULT_ENVIRONMENT
    if not re.fullmatch(r"[A-Za-z0-9_-]+", name):
        raise UsageError(
            f"{in_quotes(name)} cannot be an environment's name.",
            hint="Use letters, digits, `-` and `_`: the ledger is named after it.",
        )
    settings = {
        "region": environment.region or environ.get("TWILIO_REGION", ""),
        "edge": environment.edge or environ.get("TWILIO_EDGE", ""),
        "credentials": environment.credentials if environment.credentials != "TWILIO" else "",
    }
    return ExportHeader(
        account_sid=account_sid,
        environment=name,
        settings=tuple((key, value) for key, value in settings.items() if value),
        personal=ExportSelection(scope).left_out_sections(),
        partial=bool(scope.selection),
    )


def _files(rendered: RenderedExport, variables: ExportVariables) -> Iterator[ExportedFile]:
    for each in rendered.files:
        resources = {id(line.resource) for line in each.lines if line.resource and not line.resource.refused}
        yield ExportedFile(each.path, each.text, len(resources))
    if variables.secrets:
        values = sorted((name, value.reveal()) for name, value in variables.secrets.items())
        lines = (f"{PREFIX}{name}={shlex.quote(value)}\n" for name, value in values)
        yield ExportedFile(SECRETS, "".join(lines), private=True)


def _left_out(header: ExportHeader, tree: ExportTree, variables: ExportVariables) -> Iterator[LeftOut]:
    """Yield what the configuration contains only as a comment, or not at all."""
    for section in header.personal:
        yield LeftOut(section, f"personal data, and maybe millions: include them with --with {section}")
    for each in walk_resources(tree.roots):
        what = f"{each.kind.title} {each.live.sid}" if each.live.sid else str(each.address)
        if each.refused:
            yield LeftOut(what, each.refused)
        elif not tree.is_left_out(each):
            for written in written_values(each, tree, variables):
                if written.reason and not written.field.secret:
                    yield LeftOut(f"{each.address}#{written.field.name}", written.reason)
