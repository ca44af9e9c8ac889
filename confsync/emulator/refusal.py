"""How the API says no: a status, Twilio's own error number and a sentence."""

from confsync.emulator.http import Response, json_response

MISSING_PARAMETER = 20001
NOT_AUTHENTICATED = 20003
METHOD_NOT_ALLOWED = 20004
PAGE_TOO_LARGE = 20007
NOTHING_TO_UPDATE = 20161
NOT_FOUND = 20404
CONFLICT = 20409
INVALID_VALUE = 20422
MALFORMED_SID = 20423
BAD_PAGE_TOKEN = 21481
UNAVAILABLE = 20503


class Refusal(Exception):
    """An answer of 4xx or 5xx, on its way to the client.

    The sentence never repeats a value that was sent; `code` is 0 where Twilio publishes none.
    """

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message

    def as_response(self) -> Response:
        """Make the body that Twilio would send."""
        if not self.code:
            return json_response(self.status, {"message": self.message, "status": self.status})
        return json_response(
            self.status,
            {
                "code": self.code,
                "message": self.message,
                "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
                "status": self.status,
            },
        )


def not_found(path: str) -> Refusal:
    """Say that a path leads nowhere, as Twilio does: without the version."""
    return Refusal(404, NOT_FOUND, f"The requested resource {path.removeprefix('/v1')} was not found")


def method_not_allowed(method: str) -> Refusal:
    """Say that the resource is there, but not for this verb."""
    return Refusal(405, METHOD_NOT_ALLOWED, f"Method {method} is not allowed for this resource")


def missing(name: str, code: int = MISSING_PARAMETER) -> Refusal:
    """Say that a required parameter was not sent, or was sent empty."""
    return Refusal(400, code, f"Missing required parameter {name} in the post body")


def invalid(name: str, code: int = INVALID_VALUE, why: str = "") -> Refusal:
    """Say that a parameter's value cannot be taken."""
    return Refusal(400, code, f"Invalid value for parameter {name}" + (f": {why}" if why else ""))
