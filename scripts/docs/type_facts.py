"""The facts about a resource type as a whole: where it is, how confsync finds it, what Twilio allows."""

from collections.abc import Iterator

from confsync.model import Kind
from confsync.names import collection_url
from confsync.resources import KINDS
from scripts.docs.markdown import join
from scripts.docs.samples import address_of


def type_facts(kind: Kind) -> Iterator[str]:
    """List the facts about the type as a whole."""
    yield f"**Address:** {shown_address(kind)}. **Twilio's API:** {url_of(kind)}{_sid(kind)}."
    yield f"**YAML key:** {_yaml_key(kind)}."
    if kind.created_by_twilio:
        yield "**Created by** Twilio. confsync can update the resource, but never creates or deletes it."
    else:
        otherwise = f"if the ledger does not contain the SID, by {_natural_keys(kind)}"
        yield f"**Found by** the SID in the [ledger](../glossary.md#ledger) or, {otherwise}."
    yield f"**Reading:** {_reading(kind)}."
    if change := _immutable_change(kind):
        yield f"**Changing an immutable field** {change}."
    if kind.recreate_impact:
        only = "confsync recreates it only if you pass `--allow-recreate ADDRESS`"
        impact = f"The new resource has a different SID, so {kind.recreate_impact}"
        yield f"**If the resource is deleted outside confsync,** {only}. {impact}."
    yield from _special(kind)


def shown_address(kind: Kind) -> str:
    """Show the address with placeholders for the YAML keys."""
    return f"`{'/'.join(address_of(kind))}`"


def url_of(kind: Kind) -> str:
    """Show the path of the type in Twilio's API."""
    return f"`{_url(kind)}`"


def _url(kind: Kind) -> str:
    if kind.parent is None or kind.parent.group:
        return collection_url(kind)
    return collection_url(kind, f"{_url(kind.parent)}/{{Sid}}")


def _sid(kind: Kind) -> str:
    return f", SID `{kind.sid_prefix}…`" if kind.sid_prefix else ""


def _yaml_key(kind: Kind) -> str:
    if kind.singleton:
        whose = f"Each {kind.parent.title} has" if kind.parent else "There is"
        return f"`{kind.section}`. {whose} exactly one such resource"
    if kind.linked_kind:
        return f"the same as that of the {kind.linked_kind.title}. The value of the key is the `{kind.value_field}`"
    if not kind.name_field:
        return "a label that exists only in the configuration"
    return f"used as `{kind.name_field.name}` if you omit that field"


def _natural_keys(kind: Kind) -> str:
    if kind.key_options:
        alternatives = [join([f"`{name}`" for name in key]) for key in kind.key_options]
        firsts = join([f"`{key[0]}`" for key in kind.key_options])
        return f"{', or by the combination of '.join(alternatives)}. You cannot declare both {firsts}"
    always = join([f"`{field.name}`" for field in kind.key_fields if not field.only_if])
    dependent = [f"`{field.name}`" for field in kind.key_fields if field.only_if]
    return f"{always} together with {join(dependent, 'or')}" if dependent else always


def _reading(kind: Kind) -> str:
    if kind.created_by_twilio:
        what = "this resource" if kind.singleton else f"a {kind.title}"
        return f"during a plan, confsync reads {what} only if you declare it"
    if kind.read_by_name:
        these = f"the {kind.section} that you declare and those in the ledger, with one request for each"
        counted = f"It fetches other {kind.section} only to count what a deletion would affect"
        return f"during a plan, confsync fetches {these}. {counted}"
    parent = kind.parent.title if kind.parent and not kind.parent.group else "account"
    what = kind.plural if parent == "account" else kind.section
    return f"if you declare at least one {kind.title}, confsync fetches the list of all {what} in the {parent}"


def _immutable_change(kind: Kind) -> str:
    if kind.created_by_twilio or not kind.immutables:
        return ""
    if kind.on_immutable_change == "refuse":
        return "is not possible: a guardrail blocks the plan"
    if kind.on_immutable_change == "replace":
        return (
            "replaces the resource (`-/+`): confsync deletes it and creates a new one. A guardrail blocks the plan if "
            "the existing resource is protected, or if confsync did not create it"
        )
    pruned = " unless [`lifecycle.prune`](../lifecycle.md#prune) deletes it" if kind.parent else ""
    referred = any(field.ref and field.ref.kind is kind for each in KINDS for field in each.fields)
    references = "All references in the configuration then point to the second resource. " if referred else ""
    return (
        "makes confsync switch to a second resource: an existing one that has the new values or, if there is none, a "
        f"new one. {references}The [old resource](../renaming.md#immutable-fields) remains in Twilio{pruned}"
    )


def _special(kind: Kind) -> Iterator[str]:
    if kind.max_per_parent:
        parent = kind.parent.title if kind.parent else "account"
        yield f"**Limit:** at most {kind.max_per_parent} {kind.section} per {parent}."
    for name, values in kind.terminal:
        final = join([f"`{value}`" for value in values])
        yield f"**Final {name}:** once the `{name}` is {final}, Twilio rejects every change to the {kind.title}."
    for block in kind.atomic_blocks:
        name = ".".join(block)
        yield f"**Sent together:** to update any field in `{name}`, confsync sends all declared fields in that block."
    if kind.built_in:
        names = ", ".join(f"`{key[0]}` (type `{key[1]}`)" for key in sorted(kind.built_in, key=str))
        adopted = f"If you declare a built-in {kind.title}, confsync [adopts](../glossary.md#adopt) it"
        yield f"**Built-in {kind.section}:** {names}. {adopted}."
    if kind.personal:
        yield "**Personal data:** see [Personal data](../resources.md#personal-data)."
