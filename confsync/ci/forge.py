"""What a comment and an issue are, on GitHub and on GitLab alike, and how both answer over HTTP."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol, TypeVar

import httpx
from msgspec import MsgspecError, Struct
from msgspec.json import decode

from confsync.errors import ConfsyncError

T = TypeVar("T")
TIMEOUT_SECONDS = 30.0
PAGE = 100
MOST_PAGES = 50
MOST_BYTES = 64 * 1024 * 1024
"""A longer response is refused."""


class ForgeError(ConfsyncError):
    """GitHub or GitLab cannot do what a job asks for."""


class PostedComment(Struct, frozen=True):
    """A comment, and whether this job's token may have written it."""

    id: int
    body: str
    own: bool


class OpenIssue(Struct, frozen=True):
    """An issue. `number` is the one that people see."""

    number: int
    body: str


class Forge(Protocol):
    """The comments of one pull request or merge request, and the issues of one repository."""

    @property
    def run_url(self) -> str:
        """The page of the job."""

    def comments(self) -> Iterator[PostedComment]:
        """Yield every comment of the pull request, the oldest first."""

    def add_comment(self, body: str) -> None:
        """Comment on the pull request."""

    def replace_comment(self, comment: PostedComment, body: str) -> None:
        """Replace the text of a comment."""

    def open_issues(self, label: str) -> Iterator[OpenIssue]:
        """Yield every open issue with a label."""

    def create_issue(self, title: str, body: str, label: str) -> int:
        """Open an issue, and return its number."""

    def replace_issue(self, number: int, body: str) -> None:
        """Replace the text of an issue."""

    def comment_on_issue(self, number: int, body: str) -> None:
        """Comment on an issue. The people who follow it are notified."""

    def close_issue(self, number: int) -> None:
        """Close an issue."""


class ForgeApi:
    """The HTTP API of a forge. Raises ForgeError for any response that is not as expected."""

    def __init__(self, base_url: str, headers: Mapping[str, str]) -> None:
        self._base_url = base_url.rstrip("/")
        self._headers = {"User-Agent": "confsync", **headers}

    def send(self, method: str, path: str, body: Mapping[str, object] | None = None) -> bytes:
        """Send a request, and return the body of the response. It fails with a redirect, which nobody follows."""
        with _http_errors(method, path), httpx.Client(timeout=TIMEOUT_SECONDS, headers=self._headers) as client:
            return _content(client, client.build_request(method, f"{self._base_url}{path}", json=body))

    def download(self, path: str) -> bytes:
        """Download a file. If a redirect leads to it, the other host gets no header of this one, and so no token."""
        with _http_errors("GET", path):
            with httpx.Client(timeout=TIMEOUT_SECONDS, headers=self._headers) as client:
                found = client.get(f"{self._base_url}{path}")
            if found.next_request is None:
                return found.raise_for_status().content
            with httpx.Client(timeout=TIMEOUT_SECONDS, follow_redirects=True) as client:
                return _content(client, client.build_request("GET", found.next_request.url))

    def read(self, path: str, shape: type[T]) -> T:
        """Read a resource of the API as a type."""
        return self.send_for("GET", path, shape)

    def send_for(self, method: str, path: str, shape: type[T], body: Mapping[str, object] | None = None) -> T:
        """Send a request, and read its response as a type."""
        content = self.send(method, path, body)
        with _http_errors(method, path):
            return decode(content, type=shape)

    def read_pages(self, path: str, shape: type[T]) -> Iterator[T]:
        """Yield the members of a list, page by page."""
        separator = "&" if "?" in path else "?"
        for page in range(1, MOST_PAGES + 1):
            found = self.read(f"{path}{separator}per_page={PAGE}&page={page}", list[shape])  # type: ignore[valid-type] # a type that is a value
            yield from found
            if len(found) < PAGE:
                return


def required(name: str) -> str:
    """Return an environment variable that the CI system sets. Raises ForgeError without it."""
    value = os.environ.get(name, "")
    if not value:
        raise ForgeError(
            f"The environment variable {name} is not set.", hint="Run this command in a job of the CI system."
        )
    return value


def _content(client: httpx.Client, request: httpx.Request) -> bytes:
    """Send a request, and read the body of the response up to a limit. Raises httpx.HTTPError."""
    response = client.send(request, stream=True)
    try:
        response.raise_for_status()
        content = bytearray()
        for chunk in response.iter_bytes():
            content += chunk
            if len(content) > MOST_BYTES:
                raise httpx.DecodingError("too large")
        return bytes(content)
    finally:
        response.close()


@contextmanager
def _http_errors(method: str, path: str) -> Iterator[None]:
    """Raise ForgeError for a failure of the network or of the server. Names no header and no body."""
    asked = f"{method} {path.partition('?')[0]}"
    try:
        yield
    except httpx.HTTPStatusError as error:
        status = error.response.status_code
        raise ForgeError(
            f"{asked} failed with status {status}.", hint=_HINTS.get(status, "Run the job again.")
        ) from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ForgeError(f"{asked} failed: {type(error).__name__}.", hint="Run the job again.") from None
    except MsgspecError as error:
        raise ForgeError(f"{asked} returned something unexpected: {error}.", hint="Run the job again.") from None


_HINTS = {
    401: "Check the token of the job.",
    403: "Give the job the permission that docs/ci.md lists for it.",
    404: "Give the job the permission that docs/ci.md lists for it.",
    410: "Switch on the issues of the repository, or do not ask for an issue.",
}
