"""The JSON Schema of `defaults` and `for_each`, for editors."""

from confsync.config.reuse.defaults import DEFAULTS, FOR_EACH
from confsync.model import Kind
from confsync.views.schema.fields import Schema, object_schema, ref


def reuse_keys(kind: Kind, member: Schema) -> Schema:
    """Return the keys of a mapping of resources that are not resources; `member` is the schema of a part of one."""
    defaults = {"description": f"What every {kind.title} in this mapping has unless it says otherwise.", **member}
    return {**({} if kind.value_field else {DEFAULTS: defaults}), FOR_EACH: _for_each(kind, member)}


def _for_each(kind: Kind, member: Schema) -> Schema:
    """Return the schema of groups. One that is merged into another need not be whole, so nothing is required."""
    items = {
        "description": "A list of strings, or keys and values: `${{ each.key }}`, `${{ each.value }}`.",
        "anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "object"}, ref("reference")],
        "examples": [["web", "sms"], {"web": {"title": "Web chat"}}],
    }
    key = {
        "description": "The key of each resource. The default is the key of its item.",
        "type": "string",
        "default": "${{ each.key }}",
        "examples": ["flex-${{ each.key }}"],
    }
    resource = {"description": f"The {kind.title} to make for each item.", **member, "examples": ["${{ each.value }}"]}
    group = {"items": items, "key": key, "resource": resource}
    return {
        "type": "object",
        "additionalProperties": object_schema(group),
        "description": f"Groups of {kind.plural} that differ in a few values, by labels of your choice.",
        "examples": [{"channels": {"items": ["web", "sms"], "resource": "${{ each.value }}"}}],
    }
