"""A minimal client of the emulator."""

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from confsync.emulator.emulator import ACCOUNT_SID, AUTH_TOKEN
from confsync.emulator.http import EmulatorRequest, EmulatorResponse, RequestHandler

FORM = "application/x-www-form-urlencoded"
Fields = Mapping[str, str | Sequence[str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """A response with its body parsed."""

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def error(self) -> tuple[int, int]:
        """The status and Twilio's error code."""
        return self.status, self.body.get("code", 0)


@dataclass(frozen=True, slots=True)
class Client:
    """Calls an emulator in process with the account's credentials."""

    emulator: RequestHandler
    name: str = ACCOUNT_SID
    password: str = AUTH_TOKEN
    host: str = "127.0.0.1"

    def get(self, path: str, query: str = "") -> Answer:
        """Send a GET request. Paths leave out the version."""
        return self.send("GET", path, query=query)

    def post(self, path: str, fields: Fields | None = None) -> Answer:
        """Send a POST request with a form."""
        return self.send("POST", path, body=urlencode(fields or {}, doseq=True).encode())

    def delete(self, path: str) -> Answer:
        """Send a DELETE request."""
        return self.send("DELETE", path)

    def made(self, path: str, fields: Fields) -> str:
        """Create a resource and return its SID."""
        answer = self.post(path, fields)
        assert answer.status == 201, answer
        return str(answer.body["sid"])

    def send(self, method: str, path: str, *, query: str = "", body: bytes = b"", media_type: str = FORM) -> Answer:
        """Send any request."""
        headers = {"authorization": basic(self.name, self.password), "content-type": media_type}
        return answer(self.emulator.handle(EmulatorRequest(method, f"/v1{path}", query, headers, body, self.host)))


def basic(name: str, password: str) -> str:
    """Build an HTTP Basic authorization header."""
    return "Basic " + b64encode(f"{name}:{password}".encode()).decode()


def answer(response: EmulatorResponse) -> Answer:
    """Parse a response."""
    return Answer(response.status, json.loads(response.body or b"{}"), response.headers)
