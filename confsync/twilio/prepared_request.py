"""A request that is ready to be sent, so that httpx need not parse its URL and complete its headers."""

import re
from functools import lru_cache
from typing import Any

import httpx

_PATH_AS_IT_IS = re.compile(r"(?!.*/\.)/(?:[A-Za-z0-9/_.~?&=:@!$'()*+,;-]|%[0-9A-Fa-f]{2})*")
"""A path and query that httpx would not change: it encodes what is not allowed, and resolves dots."""


class PreparedRequest(httpx.Request):
    """A request whose headers are complete, and whose URL is parsed only if a transport asks for its parts.

    Parsing the URL and copying the headers takes httpx longer than our connection needs for the rest of a read.
    `headers` and `extensions` are shared with other requests: a transport must not change them.
    """

    # It sets what `httpx.Request.__init__` sets, apart from `url`.
    def __init__(
        self,
        method: str,
        origin: str,
        target: str,
        headers: httpx.Headers,
        extensions: dict[str, Any],
        content: bytes = b"",
    ) -> None:
        self.method = method
        self.origin = origin
        self.target = target
        self.headers = headers
        self.extensions = extensions
        self.stream = httpx.ByteStream(content)
        self._content = content

    def __getattr__(self, name: str) -> httpx.URL:
        """Parse the URL when it is first needed."""
        if name != "url":
            raise AttributeError(name)
        self.url = _parsed(self.origin + self.target)
        return self.url


@lru_cache(maxsize=1024)
def _parsed(url: str) -> httpx.URL:
    """Parse a URL, which is immutable; the same ones are requested again and again."""
    return httpx.URL(url)


def raw_path(request: httpx.Request) -> bytes:
    """Return the path and the query of a request as they are sent, without parsing the URL if possible."""
    if isinstance(request, PreparedRequest) and _PATH_AS_IT_IS.fullmatch(request.target):
        return request.target.encode("ascii")
    return request.url.raw_path
