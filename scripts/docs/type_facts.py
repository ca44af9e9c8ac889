"""The facts about a resource type as a whole: where it is, how confsync finds it, what Twilio allows."""

from collections.abc import Iterator

from confsync.model import Kind
from confsync.names import collection_url
from scripts.docs.markdown import join
from scripts.docs.samples import address_of


def type_facts(kind: Kind) -> Iterator[str]:
    """List the facts about the type as a whole."""
    yield f"**Address:** {shown_address(kind)}. **Twilio's API:** {url_of(kind)}{_sid(kind)}."
    yield f"**YAML key:** {_yaml_key(kind)}."
    if not kind.created_by_twilio:
        yield f"**Found by** its SID if the SID is in the ledger, otherwise by {_natural_keys(kind)}."
    yield f"**Reading:** {_reading(kind)}."
    if change := _immutable_change(kind):
        yield f"**Changing an immutable field** {change}."
    if kind.recreate_impact:
        impact = kind.recreate_impact
        yield (
            "**If someone else deletes the resource,** confsync creates it again only with `--allow-recreate`, because "
            f"{impact}."
        )
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
        return (
            f"`{kind.section}`. This resource exists exactly once{f' per {kind.parent.title}' if kind.parent else ''}"
        )
    if kind.linked_kind:
        return f"the key of the {kind.linked_kind.title}. The value after it is the `{kind.value_field}`"
    if not kind.name_field:
        return "a label that exists only in the configuration"
    return f"used as `{kind.name_field.name}` if you omit that field"


def _natural_keys(kind: Kind) -> str:
    if kind.key_options:
        alternatives = [join([f"`{name}`" for name in key]) for key in kind.key_options]
        firsts = join([f"`{key[0]}`" for key in kind.key_options])
        return f"{', or by '.join(alternatives)}. You cannot declare both {firsts}"
    always = join([f"`{field.name}`" for field in kind.key_fields if not field.only_if])
    dependent = [f"`{field.name}`" for field in kind.key_fields if field.only_if]
    return f"{always}, and by {join(dependent, 'or')}" if dependent else always


def _reading(kind: Kind) -> str:
    if kind.singleton:
        return (
            "confsync reads this resource only if you declare it. Twilio creates the resource; confsync never creates "
            "or deletes it"
        )
    if kind.created_by_twilio:
        return (
            f"confsync reads a {kind.title} only if you declare it. Twilio creates and deletes the {kind.title}; "
            "confsync only updates it"
        )
    if kind.read_by_name:
        name = kind.key_fields[0].name.replace("_", " ")
        return (
            f"To make a plan, confsync never lists the {kind.section} of a {kind.parent.title if kind.parent else ''}. "
            f"It reads each declared {kind.title} by its SID, or by its {name} if the SID is not in the ledger"
        )
    parent = f" of the {kind.parent.title}" if kind.parent and not kind.parent.group else ""
    what = f"{kind.section if parent else kind.plural}{parent}"
    return f"If you declare any {kind.title}, confsync lists all {what}"


def _immutable_change(kind: Kind) -> str:
    if kind.created_by_twilio or not kind.immutables:
        return ""
    if kind.on_immutable_change == "refuse":
        return "is not possible: a guardrail blocks the plan"
    if kind.on_immutable_change == "replace":
        return (
            "replaces the resource (`-/+`): confsync deletes it and creates a new one. If the old resource is "
            "protected, or if confsync did not create it, a guardrail blocks the plan"
        )
    return (
        "creates a second resource. confsync then changes the references to the old resource, so that they refer to "
        "the new one. The [old resource](../ownership.md#immutable-fields) remains in Twilio unless `prune` deletes it"
    )


def _special(kind: Kind) -> Iterator[str]:
    if kind.max_per_parent:
        yield f"**Limit:** at most {kind.max_per_parent} per {kind.parent.title if kind.parent else 'account'}."
    for name, values in kind.terminal:
        final = join([f"`{value}`" for value in values])
        yield f"**Final:** once the `{name}` is {final}, Twilio accepts no more changes."
    for block in kind.atomic_blocks:
        name = ".".join(block)
        yield f"**Sent together:** if any field of `{name}` differs, confsync sends all declared fields of that block."
    if kind.built_in:
        names = ", ".join(f"`{key[0]}` (type `{key[1]}`)" for key in sorted(kind.built_in, key=str))
        yield f"**Built in:** {names}. confsync adopts a built-in {kind.title} if you declare it."
    if kind.personal:
        yield "**Personal data:** see [Personal data](../resources.md#personal-data)."
