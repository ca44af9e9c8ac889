"""Loads a configuration: reads, parses and merges the files, chooses the environment, resolves references, checks."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import reduce
from itertools import chain
from pathlib import Path

from msgspec.structs import asdict, replace

from confsync.collector import gc_paused
from confsync.config import environments, policy, reference_checks, region_checks
from confsync.config.built_in import built_in_references, with_built_in_resources
from confsync.config.codes import Code
from confsync.config.config import Config, Environment, LoadOptions, SharingEnvironment
from confsync.config.declaration import BuildContext
from confsync.config.glob import Glob
from confsync.config.language_version import version_errors
from confsync.config.merge import merge_files, merge_layers
from confsync.config.references.secret_sources import SecretContext
from confsync.config.references.settings import refuse_references_in
from confsync.config.resource_reader import ResourceReader
from confsync.config.reuse.expansion import Expansion, expand
from confsync.config.reuse.limits import ExpansionTooLargeError
from confsync.config.reuse.patch import patched, patched_environments
from confsync.config.shared_account import DeclaredElsewhere, account_level, sharing_errors, top_level
from confsync.config.shared_state import ledger_ref, lock_ref
from confsync.config.sources import files
from confsync.config.sources.file_boundary import FILE_ROOT
from confsync.config.sources.files import Layer, Source
from confsync.config.tree import File, Node, Pair, Scalar, error_at
from confsync.config.tree import Mapping as Tree
from confsync.config.variables.declaration import declare_variables
from confsync.config.variables.files import read_variable_files
from confsync.config.variables.values import (
    Variables,
    VariableSources,
    given_outside,
    resolve_variables,
    unmarked_warnings,
)
from confsync.config.variables.variable import Variable
from confsync.config.yaml import parse_yaml
from confsync.diagnostics import Diagnostic, did_you_mean, once, sort_diagnostics
from confsync.errors import InvalidConfiguration, LocalFileError
from confsync.names import Address
from confsync.quoting import in_quotes
from confsync.redaction import hide_ranges, redact_snippets
from confsync.resources import KINDS, children_of

TOP = ("version", "requires", "variables", "environments", *policy.WORDS)
"""The keys at the top of a configuration, besides the sections of resources."""


def load_config(options: LoadOptions, *, instead: tuple[File, ...] = ()) -> Config:
    """Load a configuration for one environment. Each of `instead` replaces the file at its location.

    Raises InvalidConfiguration with every error that was found, UsageError and LocalFileError.
    """
    return _load(options, instead, None)


def load_other_version(
    config: Config, directory: Path, layers: tuple[Path, ...], variable_files: tuple[Path, ...]
) -> Config:
    """Load another version of a configuration from copies of its files, with the same environment and variables.

    A variable that was given, and that this version does not declare yet, has no effect. Raises as `load_config` does.
    """
    environ = {name: value for name, value in config.options.environ.items() if name != FILE_ROOT}
    options = replace(
        config.options,
        environ=environ,
        directory=directory,
        files=layers,
        environment=config.environment.name,
        variables={},
        variable_files=variable_files,
    )
    return _load(options, (), config.options.variables)


def valid_yaml_files(options: LoadOptions) -> tuple[File, ...]:
    """Return every file of a configuration. Its content need not be valid, but must be YAML.

    Raises InvalidConfiguration with every error of syntax, UsageError and LocalFileError.
    """
    with _readable():
        layers = tuple(files.read_layers(_source(options).paths, options.environ))
    found = [diagnostic for layer in layers for diagnostic in layer.diagnostics]
    found += [diagnostic for layer in layers for file in layer.files for diagnostic in parse_yaml(file)[1]]
    _raise_errors(redact_snippets(found, _secret_fields()))
    return tuple(file for layer in layers for file in layer.files)


def environment_names(options: LoadOptions) -> tuple[str, ...]:
    """Return the names of all environments that a configuration declares. Raises as `load_config` does."""
    with _readable():
        tree, _ = _tree(tuple(files.read_layers(_source(options).paths, options.environ)))
    section = tree.get("environments")
    return tuple(section.items) if isinstance(section, Tree) else ()


def top_level_strings(options: LoadOptions) -> Mapping[str, str]:
    """Return the top-level settings of a configuration whose values are strings. Raises as `load_config` does."""
    with _readable():
        tree, _ = _tree(tuple(files.read_layers(_source(options).paths, options.environ)))
    scalars = {name: tree.get(name) for name in tree.items}
    return {
        name: each.value for name, each in scalars.items() if isinstance(each, Scalar) and isinstance(each.value, str)
    }


def load_files(loaded: tuple[File, ...], options: LoadOptions) -> Config:
    """Load a configuration from files that exist only in memory. Raises InvalidConfiguration."""
    with gc_paused():
        return _loaded(Source((), options.directory, loaded=loaded), options, (), None)


def _load(options: LoadOptions, instead: tuple[File, ...], given: Mapping[str, str] | None) -> Config:
    """Load a configuration; with `given`, variables that are given there or in a file need not be declared."""
    with _readable():
        source = _source(options)
        with gc_paused():
            return _loaded(source, options, instead, given)


def _source(options: LoadOptions) -> Source:
    return files.named_files(options.files) if options.files else files.discover_files(options.directory)


@contextmanager
def _readable() -> Iterator[None]:
    """Report a path that is too long, a folder that is closed or gone, or a loop of links."""
    try:
        yield
    except (OSError, RuntimeError) as trouble:
        raise LocalFileError(
            f"The configuration cannot be read: {trouble}.", hint="Correct the path or its permissions."
        ) from trouble


def _loaded(source: Source, options: LoadOptions, instead: tuple[File, ...], given: Mapping[str, str] | None) -> Config:
    environ = options.environ
    layers = _layers(source, instead, environ)
    tree, found = _without_references(*_tree(layers))
    section = tree.get("environments")
    environment, overrides = environments.select_environment(section, options.environment)
    declared, errors = declare_variables(tree.get("variables"))
    sources = _variable_sources(options, overrides, declared, given)
    variables, more = resolve_variables(declared, sources)
    unmarked = variables.no_longer_marked(options.sensitive_before(source.folder, environment.name))
    variables = variables.masking(unmarked).resolving(secrets=options.resolve_secrets)
    context = BuildContext(variables, SecretContext(environ, files.file_reference_root(source, environ)))
    document, expansion = _read_resources(tree, context, environment.name, found)
    others = tuple(_declared_elsewhere(tree, environment, context, given_outside(declared, sources)))
    found += [
        *source.warnings,
        *(*_top_errors(tree), *errors, *more),
        *unmarked_warnings(tree.get("variables"), unmarked),
        *environments.environment_errors(section, declared),
        *(error for each in others for error in sharing_errors(str(environment.name), document.resources, each)),
    ]
    policy_here = policy.policy_of(tree, environments.environment_section(section, environment.name))
    adopted = policy.sids_by_address(policy_here.adopt)
    implicit = built_in_references(document.resources)
    found += [*document.diagnostics, *reference_checks.reference_errors(document.resources, adopted, implicit)]
    found += _region_warnings(document, environment, environ)
    top = Pair(Scalar(tree.file, 1, 1, 1, 1, ""), tree)
    found += policy.policy_errors(tree, top, _scope(tree, environment.name, document, expansion))
    sensitive = frozenset(name for name, variable in declared.items() if variable.sensitive)
    shown = _raise_errors(_shown(found, document.possible_secrets, chain(sensitive, unmarked)))
    config = Config(
        resources=document.resources,
        collections=frozenset(document.collections),
        environment=_with_policy(environment, policy_here),
        folder=source.folder,
        files=(*(file.path for layer in layers for file in layer.files), *sources.files.names),
        layers=tuple(layer.files for layer in layers),
        warnings=sort_diagnostics(shown),
        top=top,
        environments=_names_in(section),
        sharing=tuple(each.environment for each in others),
        adopt=adopted,
        forget=frozenset(map(Address.parse, policy_here.forget)),
        options=options,
        sensitive_variables=sensitive,
        variable_files=sources.files.names,
        variables=variables,
        expansion=expansion,
    )
    return with_built_in_resources(config, implicit)


def _region_warnings(document: ResourceReader, here: Environment, environ: Mapping[str, str]) -> Iterator[Diagnostic]:
    region = here.region or environ.get("TWILIO_REGION", "")
    return region_checks.region_warnings(document.resources.values(), region)


def _variable_sources(
    options: LoadOptions, section: Node | None, declared: Mapping[str, Variable], given: Mapping[str, str] | None
) -> VariableSources:
    read = read_variable_files(options.variable_files, options.environ)
    sources = VariableSources(section, options.environ, options.variables, read)
    return sources if given is None else replace(sources, given=given).only(declared)


def _shown(
    found: list[Diagnostic], possible_secrets: Iterable[Node], secret_keys: Iterable[str]
) -> tuple[Diagnostic, ...]:
    """Return each diagnostic once, without what may be secret in the lines that it quotes."""
    hidden = hide_ranges(once(found), (node.range for node in possible_secrets))
    return redact_snippets(hidden, chain(_secret_fields(), secret_keys))


def _read_resources(
    tree: Tree, context: BuildContext, environment: str | None, found: list[Diagnostic]
) -> tuple[ResourceReader, Expansion]:
    """Read everything that one environment declares; `found` are the errors so far."""
    expansion = _expanded(patched(tree, environment), context.variables, environment, found)
    document = ResourceReader(context, environment, _names_in(tree.get("environments")), expansion.generated)
    document.read(expansion.tree)
    for each in expansion.partials:
        document.read_partial(each.kind, each.address, each.written)
    document.diagnostics.extend(expansion.diagnostics)
    document.possible_secrets.extend(expansion.possible_secrets)
    return document, expansion


def _declared_elsewhere(
    tree: Tree, here: Environment, context: BuildContext, outside: frozenset[str]
) -> Iterator[DeclaredElsewhere]:
    """Read what the other environments of the account declare. Their errors are reported where they are chosen.

    No value from outside the configuration counts: it was given for this environment.
    """
    region = context.secret_context.environ.get("TWILIO_REGION", "")
    for other, section in environments.sharing_environments(tree.get("environments"), here, region):
        overrides = section.get("variables") if isinstance(section, Tree) else None
        variables, _ = resolve_variables(context.variables.declared, VariableSources(overrides))
        variables = variables.withholding(outside).resolving(secrets=False)
        document, _ = _read_resources(tree, BuildContext(variables, context.secret_context), other.name, [])
        ledger = ledger_ref(policy.policy_of(tree, section).ledger)
        top, account = top_level(document.resources), bool(account_level(document.resources))
        sharing = SharingEnvironment(str(other.name), other.region, other.edge, ledger, top, account)
        yield DeclaredElsewhere(sharing, document.resources)


def _scope(tree: Tree, chosen: str | None, document: ResourceReader, expansion: Expansion) -> policy.Scope:
    """Return what is declared, and the environments that may differ from the chosen one apart from `lifecycle.only`."""
    with_patch, others = patched_environments(tree), _names_in(tree.get("environments")) - {chosen}
    differing = others if chosen in with_patch or expansion.uses_variables else others & with_patch
    return policy.Scope(document.resources, document.only, differing)


def _expanded(tree: Tree, variables: Variables, environment: str | None, found: list[Diagnostic]) -> Expansion:
    """Expand `defaults` and `for_each`; a configuration that is too large then ends the load."""
    try:
        return expand(tree, variables, environment)
    except ExpansionTooLargeError as wrong:
        raise InvalidConfiguration(redact_snippets([*found, wrong.reason], _secret_fields())) from None


# A generator, since a configuration without diagnostics does not need the fields of every type.
def _secret_fields() -> Iterator[str]:
    return (field.name for kind in KINDS for field in kind.secrets)


def _with_policy(environment: Environment, policy_here: policy.Policy) -> Environment:
    return replace(
        environment,
        **asdict(policy_here.guardrails),
        allow_delete=policy.sids_by_address(policy_here.allow_delete),
        require_ledger=bool(policy_here.require_ledger),
        lock=lock_ref(policy_here.lock, environment.name),
        ledger=ledger_ref(policy_here.ledger),
        ignored=tuple(map(Glob.parse, sorted(policy_here.unmanaged.ignore))),
    )


def _layers(source: Source, instead: tuple[File, ...], environ: Mapping[str, str]) -> tuple[Layer, ...]:
    if source.loaded:
        return (Layer(source.loaded),)
    return tuple(_replaced(each, instead) for each in files.read_layers(source.paths, environ))


def _replaced(layer: Layer, instead: tuple[File, ...]) -> Layer:
    by_location = {each.location: each for each in instead}
    return replace(layer, files=tuple(by_location.get(each.location, each) for each in layer.files))


def _names_in(section: Node | None) -> frozenset[str]:
    return frozenset(section.items) if isinstance(section, Tree) else frozenset()


def _tree(layers: tuple[Layer, ...]) -> tuple[Tree, list[Diagnostic]]:
    """Parse and merge every file; one that cannot be read or parsed ends the load, with every error found so far."""
    found: list[Diagnostic] = []
    merged: list[Tree] = []
    for layer in layers:
        parsed = [parse_yaml(file) for file in layer.files]
        found.extend(layer.diagnostics)
        found.extend(diagnostic for _, diagnostics in parsed for diagnostic in diagnostics)
        trees = [tree for tree, _ in parsed if tree is not None]
        if trees:
            whole, errors = merge_files(trees)
            found.extend(errors)
            merged.append(whole)
        unread = any(each.severity == "error" for each in layer.diagnostics)
        if unread or len(trees) < sum(1 for tree, diagnostics in parsed if tree is not None or diagnostics):
            raise InvalidConfiguration(redact_snippets(found, _secret_fields()))
    if not merged:
        raise InvalidConfiguration((_nothing_written(layers[0].files[0]),))
    return reduce(merge_layers, merged), found


def _without_references(tree: Tree, found: list[Diagnostic]) -> tuple[Tree, list[Diagnostic]]:
    """Report each reference in the settings at the top and in the environments, and empty its value."""
    errors = [*found]
    settings = (name for name in ("version", "requires", *policy.WORDS) if name in tree.items)
    tree = refuse_references_in(tree, settings, errors)
    entry = tree.items.get("environments")
    if entry is None:
        return tree, errors
    section = Pair(entry.key, environments.without_references(entry.node, errors))
    return tree.holding({**tree.items, "environments": section}), errors


def _nothing_written(file: File) -> Diagnostic:
    return Diagnostic("error", Code.BAD_VERSION, f"{file.path} is empty", "write `version: 1` and your resources")


def _top_errors(tree: Tree) -> Iterator[Diagnostic]:
    yield from version_errors(tree)
    known = (*TOP, *(kind.section for kind in children_of(None)))
    for name, entry in tree.items.items():
        if name not in known:
            yield error_at(
                entry, Code.UNKNOWN_SECTION, f"unknown key {in_quotes(name)} at the top", did_you_mean(name, known)
            )


def _raise_errors(found: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    """Return the diagnostics, which are all warnings."""
    if any(each.severity == "error" for each in found):
        raise InvalidConfiguration(found)
    return found
