"""A request without a body, which costs httpx less than one that it parses."""

from typing import Any

import httpx


class BodilessRequest(httpx.Request):
    """A request whose headers are complete, and whose URL is parsed only if a transport asks for its parts.

    Parsing the URL and copying the headers takes httpx longer than the fast transport needs for the rest of a read.
    `headers` and `extensions` are shared with other requests: a transport must not change them.
    """

    # It sets what `httpx.Request.__init__` sets, apart from `url`.
    def __init__(self, method: str, target_url: str, headers: httpx.Headers, extensions: dict[str, Any]) -> None:
        self.method = method
        self.target_url = target_url
        self.headers = headers
        self.extensions = extensions
        self.stream = _NOTHING
        self._content = b""

    def __getattr__(self, name: str) -> httpx.URL:
        """Parse the URL when it is first needed."""
        if name != "url":
            raise AttributeError(name)
        self.url = httpx.URL(self.target_url)
        return self.url


_NOTHING = httpx.ByteStream(b"")


def url_text(request: httpx.Request) -> str:
    """Return the URL of a request without parsing it, if possible."""
    return request.target_url if isinstance(request, BodilessRequest) else str(request.url)
