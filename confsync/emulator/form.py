"""What a client sends in the body of a POST, and what of it an operation can use."""

from urllib.parse import parse_qs

from confsync.emulator.deed import Form
from confsync.emulator.http import Request
from confsync.emulator.kind import Kind, Verb
from confsync.emulator.refusal import MISSING_PARAMETER, NOTHING_TO_UPDATE, Refusal, missing
from confsync.emulator.settings import Settings
from confsync.emulator.shapes import KEEP, Value

FORM_TYPE = "application/x-www-form-urlencoded"
MOST_FIELDS = 1_000


def read_form(request: Request) -> Form:
    """Decode the body; raise a Refusal for another encoding, or for bytes that are not text."""
    if not request.body:
        return {}
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != FORM_TYPE:
        raise Refusal(415, 0, f"Unsupported media type: send {FORM_TYPE}")
    try:
        return parse_qs(request.body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:
        raise Refusal(400, MISSING_PARAMETER, "The body is not form-encoded UTF-8") from None


def columns_for(kind: Kind, verb: Verb, form: Form, settings: Settings) -> dict[str, Value]:
    """Turn what was sent into columns to write; raise a Refusal for what is missing, unknown or does not fit."""
    taken = [each for each in kind.parameters if each.presence(verb) != "no"]
    if settings.unknown_parameters == "reject" and not form.keys() <= {each.name for each in taken}:
        raise Refusal(400, MISSING_PARAMETER, "Unknown parameters")
    if verb == "update" and not any(each.name in form for each in taken):
        raise Refusal(400, NOTHING_TO_UPDATE, "No parameters to update")
    for parameter in taken:
        if parameter.presence(verb) == "required" and not form.get(parameter.name, [""])[0]:
            raise missing(parameter.name, parameter.missing)
    read = {each.column: each.shape.read(each.name, form[each.name]) for each in taken if each.name in form}
    return {column: value for column, value in read.items() if value is not KEEP}
