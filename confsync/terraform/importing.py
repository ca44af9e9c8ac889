"""Turns a Terraform state into a configuration with the adopted SIDs, without a request."""

from collections import Counter
from collections.abc import Iterable, Iterator

from confsync.collector import gc_paused
from confsync.errors import UsageError
from confsync.export.checking import accepted_export
from confsync.export.document import ExportHeader, check_environment_name, exported_files
from confsync.export.export import DEFAULT_ENVIRONMENT
from confsync.export.selection import ExportSelection, personal_sections
from confsync.export.tree import ExportedResource, ExportTree, build_tree, walk_resources
from confsync.export.values import left_out_of
from confsync.export.variables import ExportVariables
from confsync.live.reading import CollectionKey, Reading
from confsync.plan.exported import ExportScope, LeftOut
from confsync.plan.imported import ImportedState
from confsync.plan.match import LiveResource
from confsync.terraform.accounts import choose_account, in_account
from confsync.terraform.collecting import Imported, arrange, collect
from confsync.terraform.keys import TerraformNaming
from confsync.terraform.state import StateResource, parse_state


def import_state(
    content: bytes,
    name: str,
    *,
    environment: str | None = None,
    account_sid: str | None = None,
    scope: ExportScope | None = None,
) -> ImportedState:
    """Turn a state into a configuration. `name` is what messages call the state.

    `account_sid` chooses an account if the state has several, or names it if the state does not. Of `scope`, only the
    settings of the environment and the schema count.

    Raises UsageError for anything that is not a state, or that has nothing to import.
    """
    check_environment_name(environment or DEFAULT_ENVIRONMENT)
    with gc_paused():
        resources = parse_state(content, name)
        left_out: list[LeftOut] = []
        collected = collect(resources, left_out)
        if not collected:
            raise _nothing(resources, name)
        account = choose_account(collected, account_sid, name)
        found = arrange(in_account(collected, account, left_out), left_out)
        return _written(found, left_out, _header(account, environment, scope or ExportScope()), resources)


def _nothing(resources: tuple[StateResource, ...], name: str) -> UsageError:
    types = Counter(each.type for each in resources)
    has = f"It has {len(resources):,} of other types." if types else "It is empty."
    return UsageError(
        f"{name} has no resource that confsync can manage. {has}",
        hint="Give it a state with resources of twilio/twilio or RJPearson94/twilio; "
        "docs/terraform-types.md has a list.",
    )


def _header(account: str, environment: str | None, scope: ExportScope) -> ExportHeader:
    return ExportHeader(
        account_sid=account,
        environment=environment or DEFAULT_ENVIRONMENT,
        settings=scope.settings,
        schema=scope.schema,
        title="`confsync import-terraform` wrote this. Each comment names a resource in Terraform.",
        how_to_write_less="Remove resources from a copy of the state with `terraform state rm -state=COPY`.",
        why_adopted="The SIDs in the state. Once the first apply has recorded them in the ledger, remove these lines.",
    )


def _written(
    found: tuple[Imported, ...], left_out: list[LeftOut], header: ExportHeader, resources: tuple[StateResource, ...]
) -> ImportedState:
    """Write the resources that can be imported."""
    tree = _tree(found)
    variables = ExportVariables(tree)
    rendered, written = accepted_export(tree, variables, header)
    declared = written.declared
    return ImportedState(
        account_sid=header.account_sid,
        environment=header.environment,
        document=rendered.document,
        files=tuple(exported_files(rendered, variables, declared.values())),
        addresses=tuple(declared),
        counts=dict(sorted(Counter(each.kind.section for each in declared.values()).items())),
        adopted=len(written.adopt),
        left_out=(*left_out, *_unmapped(found), *_named(left_out_of(tree, variables), tree), *_below(tree.roots)),
        secrets=dict(variables.secrets),
        stored_secrets=tuple(f"{each.address}.{name}" for each in found for name in each.read.secrets),
        in_state=len(resources),
    )


def _tree(found: tuple[Imported, ...]) -> ExportTree:
    """Build the tree of the resources, as if they had been read from the account."""
    reading = Reading()
    members: dict[CollectionKey, list[LiveResource]] = {}
    sources: dict[int, Imported] = {}
    for source in found:
        kind, live = source.type.kind, LiveResource(source.type.kind, source.sid, source.read.fields)
        sources[id(live)] = source
        if kind.singleton:
            reading.singletons[source.parent, kind] = live
        else:
            members.setdefault((source.parent, kind), []).append(live)
    reading.collections.update((place, tuple(several)) for place, several in members.items())
    selection = ExportSelection(ExportScope(sections=personal_sections()))
    tree = build_tree(reading, selection, TerraformNaming(found))
    for each in walk_resources(tree.roots):
        source = sources[id(each.live)]
        each.lookup = source.lookup
        each.adopted = each.live.sid is not None and not source.lookup
        each.refused_fields.update(source.read.refused)
        each.sensitive = frozenset(source.read.sensitive)
        each.origin = f"{each.live.sid}, {source.address}" if each.live.sid else source.address
    missing = "which the state does not have"
    hint = ": if Twilio created it with the service, write its name"
    return ExportTree(tree.roots, keeps_built_in=True, missing=missing, missing_built_in=missing + hint)


def _unmapped(found: Iterable[Imported]) -> Iterator[LeftOut]:
    for each in found:
        yield from (LeftOut(f"{each.address}.{name}", reason) for name, reason in each.read.unmapped.items())


def _named(left_out: Iterable[LeftOut], tree: ExportTree) -> Iterator[LeftOut]:
    """Name a resource that is left out as Terraform does."""
    names = {f"{each.kind.title} {each.live.sid}": _terraform_address(each) for each in walk_resources(tree.roots)}
    yield from (LeftOut(names.get(each.what, each.what), each.why) for each in left_out)


def _below(resources: Iterable[ExportedResource]) -> Iterator[LeftOut]:
    """Yield what is left out because of what contains it."""
    for each in resources:
        if not each.refused:
            yield from _below(each.children)
            continue
        why = f"it is in {_terraform_address(each)}, which is left out"
        inside = walk_resources(each.children)
        yield from (LeftOut(_terraform_address(child), why) for child in inside if not child.refused)


def _terraform_address(resource: ExportedResource) -> str:
    return resource.origin.partition(", ")[2] or resource.origin
