"""A client in a few lines, so that a test reads like the conversation it is about."""

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from confsync.emulator.emulator import ACCOUNT_SID, AUTH_TOKEN
from confsync.emulator.http import Request, RequestHandler, Response

FORM = "application/x-www-form-urlencoded"
Fields = Mapping[str, str | Sequence[str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, its body already read."""

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def refusal(self) -> tuple[int, int]:
        """The status and Twilio's number for it."""
        return self.status, self.body.get("code", 0)


@dataclass(frozen=True, slots=True)
class Client:
    """Talks to an emulator in process, as its account."""

    emulator: RequestHandler
    name: str = ACCOUNT_SID
    password: str = AUTH_TOKEN
    host: str = "127.0.0.1"

    def get(self, path: str, query: str = "") -> Answer:
        """Fetch something, by its path without the version."""
        return self.send("GET", path, query=query)

    def post(self, path: str, fields: Fields | None = None) -> Answer:
        """Send a form."""
        return self.send("POST", path, body=urlencode(fields or {}, doseq=True).encode())

    def delete(self, path: str) -> Answer:
        """Remove something."""
        return self.send("DELETE", path)

    def made(self, path: str, fields: Fields) -> str:
        """Make something and give its SID."""
        answer = self.post(path, fields)
        assert answer.status == 201, answer
        return str(answer.body["sid"])

    def send(self, method: str, path: str, *, query: str = "", body: bytes = b"", kind: str = FORM) -> Answer:
        """Send anything at all."""
        headers = {"authorization": basic(self.name, self.password), "content-type": kind}
        return answer(self.emulator.handle(Request(method, f"/v1{path}", query, headers, body, self.host)))


def basic(name: str, password: str) -> str:
    """Sign in as HTTP Basic does."""
    return "Basic " + b64encode(f"{name}:{password}".encode()).decode()


def answer(response: Response) -> Answer:
    """Read a response."""
    return Answer(response.status, json.loads(response.body or b"{}"), response.headers)
