"""The JSON Schema of the variables of a configuration."""

from confsync.config.variables.variable import VariableType
from confsync.views.schema.fields import Schema

_SCALAR: Schema = {"type": ["string", "number", "boolean"]}
VALUE: Schema = {"type": ["string", "number", "boolean", "array", "object"]}


def variables_schema() -> Schema:
    """Return the schema of the `variables` at the top."""
    return {
        "type": "object",
        "additionalProperties": {"anyOf": [_SCALAR, {"$ref": "#/$defs/variable"}]},
        "description": "Values to use as `${{ var.name }}`; a sensitive one comes only from CONFSYNC_VAR_name.",
        "examples": [{"hooks_host": "hooks.example.com"}],
    }


def variable_schema() -> Schema:
    """Return the schema of the declaration of a variable that is a mapping."""
    return {
        "description": "What is known about a variable.",
        "type": "object",
        "additionalProperties": False,
        "properties": _VARIABLE_KEYS,
        "if": {"properties": {"sensitive": {"const": True}}, "required": ["sensitive"]},
        "else": {"anyOf": [{"required": ["default"]}, {"required": ["type"]}]},
    }


_VARIABLE_KEYS: Schema = {
    "description": {
        "type": "string",
        "description": "What the variable is for.",
        "examples": ["Where Twilio sends events."],
    },
    "type": {"enum": [*VariableType], "description": "The type of its values; without it, that of the default."},
    "default": {
        **VALUE,
        "description": "Its value unless a different one is given. Without a default, the value must be given.",
        "examples": ["hooks.example.com"],
    },
    "allowed": {
        "type": "array",
        "items": _SCALAR,
        "minItems": 1,
        "description": "The only values that it may have.",
        "examples": [["GET", "POST"]],
    },
    "sensitive": {
        "enum": [True, False],
        "description": "Whether it is secret; then its value comes only from CONFSYNC_VAR_name.",
    },
}
