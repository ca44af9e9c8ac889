"""Lets git log in with the token of a job, which stays in the environment of one process and reaches no file."""

from base64 import b64encode
from collections.abc import Iterator, MutableMapping


def log_git_in(environ: MutableMapping[str, str]) -> Iterator[str]:
    """Move GH_TOKEN into a setting of git for GitHub's server. Yields what the log must not show.

    The setting applies to that server only: a remote on any other host does not receive the token.
    """
    token = environ.pop("GH_TOKEN", "")
    server = environ.get("GITHUB_SERVER_URL", "").rstrip("/")
    if not token or not server.startswith("https://"):
        return
    basic = b64encode(f"x-access-token:{token}".encode()).decode()
    yield basic
    number = int(environ.get("GIT_CONFIG_COUNT") or 0)
    environ["GIT_CONFIG_COUNT"] = str(number + 1)
    environ[f"GIT_CONFIG_KEY_{number}"] = f"http.{server}/.extraheader"
    environ[f"GIT_CONFIG_VALUE_{number}"] = f"AUTHORIZATION: basic {basic}"
