"""The errors that the API returns: a status, Twilio's error code and a message."""

from http import HTTPStatus

from msgspec.structs import replace

from confsync.emulator.http import EmulatorResponse, json_response

MISSING_PARAMETER = 20001
NOT_AUTHENTICATED = 20003
METHOD_NOT_ALLOWED = 20004
BAD_PAGE_SIZE = 20007
NOTHING_TO_UPDATE = 20161
NOT_FOUND = 20404
CONFLICT = 20409
INVALID_VALUE = 20422
MALFORMED_SID = 20423
BAD_PAGE_TOKEN = 21481
UNAVAILABLE = 20503


class ErrorResponse(Exception):
    """A 4xx or 5xx response.

    The message never repeats a value that the client sent. `code` is 0 where Twilio publishes none.
    """

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message

    def as_response(self) -> EmulatorResponse:
        """Build the response that Twilio would send."""
        details = {"code": self.code, "more_info": f"https://www.twilio.com/docs/errors/{self.code}"}
        content = {"message": self.message, "status": self.status} | (details if self.code else {})
        response = json_response(self.status, content)
        challenge = {"WWW-Authenticate": 'Basic realm="Twilio API"'} if self.status == HTTPStatus.UNAUTHORIZED else {}
        return replace(response, headers={**response.headers, **challenge})


def not_found(path: str) -> ErrorResponse:
    """Report that there is nothing at a path. Twilio leaves the version out of the message."""
    return ErrorResponse(404, NOT_FOUND, f"The requested resource {path.removeprefix('/v1')} was not found")


def method_not_allowed(method: str) -> ErrorResponse:
    """Report that the resource exists but does not support the method."""
    return ErrorResponse(405, METHOD_NOT_ALLOWED, f"Method {method} is not allowed for this resource")


def missing_parameter(name: str, code: int = MISSING_PARAMETER) -> ErrorResponse:
    """Report that a required parameter is missing or empty."""
    return ErrorResponse(400, code, f"Missing required parameter {name} in the post body")


def invalid_parameter(name: str, code: int = INVALID_VALUE, why: str = "") -> ErrorResponse:
    """Report that a parameter has an invalid value."""
    return ErrorResponse(400, code, f"Invalid value for parameter {name}" + (f": {why}" if why else ""))
