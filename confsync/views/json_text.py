"""Documents as JSON text: in ASCII, so that no terminal and no pipe can spoil it."""

import json

from confsync.views.documents import Document
from confsync.views.escaping import harmless_json


def as_json(document: Document) -> str:
    """Give a document as the text that is printed."""
    return json_of(document.model_dump(mode="json"))


def json_of(value: object) -> str:
    """Give any plain value as indented JSON with a line end."""
    return harmless_json(json.dumps(value, indent=2, ensure_ascii=True)) + "\n"
