"""The JSON Schema of `api_extra`, and of what `lifecycle.ignore` calls a parameter in it."""

import re

from confsync.extra_parameters import EXAMPLE, PREFIX
from confsync.views.schema.fields import Schema

EXTRA_FIELD: Schema = {"type": "string", "pattern": rf"^{re.escape(PREFIX)}"}

EXTRA_PARAMETERS: Schema = {
    "type": "object",
    "additionalProperties": {"type": "string"},
    "propertyNames": {"pattern": r"^[A-Z][A-Za-z0-9]*(\.[A-Z][A-Za-z0-9]*)*$"},
    "description": "Parameters that this version of confsync does not support, and the values to send.",
    "examples": [{EXAMPLE: "text"}],
}
