"""A page for each resource type, and the table of all types, generated from the declarations."""

from collections.abc import Iterator, Mapping

from confsync.annotations import Trait
from confsync.model import Kind
from confsync.resources import KINDS
from scripts.docs.field_facts import TRAIT_TEXTS, field_sections, field_table, page_of
from scripts.docs.known_values import known_values
from scripts.docs.markdown import code_block, page, table
from scripts.docs.samples import sample_as_yaml, sample_of
from scripts.docs.type_facts import shown_address, type_facts, url_of

SPECIAL = (Trait.KEY, Trait.IMMUTABLE, Trait.CLEARABLE, Trait.WRITE_ONLY, Trait.SECRET)


def type_table() -> str:
    """List every type with a link to its page."""
    rows = ((_link(kind), shown_address(kind), url_of(kind)) for kind in KINDS)
    return table(("type", "address", "Twilio's API"), rows)


def special_field_table() -> str:
    """List the fields with a trait, by type."""
    rows = ((_link(kind), *(_names(kind, trait) for trait in SPECIAL)) for kind in KINDS)
    columns = ("type", *(TRAIT_TEXTS.get(trait, str(trait)) for trait in SPECIAL))
    return table(columns, (row for row in rows if any(row[1:])))


def resource_pages() -> Mapping[str, str]:
    """Write the page of each type."""
    return {page_of(kind): page(kind.title.capitalize(), _blocks(kind)) for kind in KINDS}


def _link(kind: Kind) -> str:
    return f"[{kind.title}](resources/{page_of(kind)})"


def _names(kind: Kind, trait: Trait) -> str:
    """List the fields with a trait; a secret only as such, although it is also write-only."""
    others = {Trait.SECRET} if trait is Trait.WRITE_ONLY else set()
    return ", ".join(f"`{field.name}`" for field in kind.fields if trait in field.traits and not others & field.traits)


def _blocks(kind: Kind) -> Iterator[str]:
    description, source = _description(kind)
    yield from description
    yield code_block("yaml", sample_as_yaml(kind, sample_of(kind)))
    yield "\n".join(f"* {fact}" for fact in type_facts(kind))
    yield "## Fields"
    yield "[How to read a page](../resources.md#how-to-read-a-page) explains the terms in this section."
    yield field_table(kind)
    yield from field_sections(kind)
    yield from known_values(kind)
    yield "## See also"
    yield f"* [Twilio's documentation]({source})\n* [Resources](../resources.md)\n* [Risks](../risks.md)"


def _description(kind: Kind) -> tuple[list[str], str]:
    """Split the docstring of the class into paragraphs and the URL at its end."""
    text, _, source = kind.description.rstrip().rpartition("\n")
    return [" ".join(paragraph.split()) for paragraph in text.split("\n\n")], source.strip()
