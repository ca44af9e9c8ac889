"""The form in the body of a POST request, and the columns that it sets."""

from urllib.parse import parse_qs

from confsync.emulator.api_error import MISSING_PARAMETER, NOTHING_TO_UPDATE, ErrorResponse, missing_parameter
from confsync.emulator.http import EmulatorRequest
from confsync.emulator.parameter_types import KEEP, StoredValue
from confsync.emulator.settings import EmulatorSettings
from confsync.emulator.spec import OperationName, ResourceSpec
from confsync.emulator.write_context import FormFields

FORM_TYPE = "application/x-www-form-urlencoded"
MAX_FIELDS = 1_000


def parse_form(request: EmulatorRequest) -> FormFields:
    """Decode the body; raise an ErrorResponse for another media type and for invalid UTF-8."""
    if not request.body:
        return {}
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != FORM_TYPE:
        raise ErrorResponse(415, 0, f"Unsupported media type: send {FORM_TYPE}")
    try:
        return parse_qs(request.body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except ValueError:
        raise ErrorResponse(400, MISSING_PARAMETER, "The body is not form-encoded UTF-8") from None


def columns_from_form(
    spec: ResourceSpec, operation: OperationName, form: FormFields, settings: EmulatorSettings
) -> dict[str, StoredValue]:
    """Convert a form into columns; raise an ErrorResponse for a missing, unknown or invalid parameter."""
    accepted = [each for each in spec.parameters if each.presence(operation) != "no"]
    if settings.unknown_parameters == "reject" and not form.keys() <= {each.name for each in accepted}:
        raise ErrorResponse(400, MISSING_PARAMETER, "Unknown parameters")
    is_empty = not any(each.name in form for each in accepted)
    if is_empty and operation == "update" and settings.empty_update == "reject":
        raise ErrorResponse(400, NOTHING_TO_UPDATE, "No parameters to update")
    for parameter in accepted:
        if parameter.presence(operation) == "required" and not form.get(parameter.name, [""])[0]:
            raise missing_parameter(parameter.name, parameter.missing)
    parsed = {each.column: each.type.parse(each.name, form[each.name]) for each in accepted if each.name in form}
    return {column: value for column, value in parsed.items() if value is not KEEP}
