"""The examples that `init` can write: configurations to try on the emulator."""

import base64
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from confsync.config.sources.folder import SUFFIXES
from confsync.export.document import SCHEMA_COMMENT
from confsync.export.folder import GITIGNORE, text_of
from confsync.plan.starter import StarterFile

EXAMPLES: Mapping[str, str] = {"quickstart": "", "support-desk": "dev", "three-stages": "dev"}
"""Each example, with the environment to begin with. It is empty if the example has no environments."""

_SECRETS = PurePosixPath("confsync.d/secrets")


def example_files(name: str, home: Path, schema: PurePosixPath) -> Iterator[StarterFile]:
    """Yield the files of an example, relative to `home`. `schema` is the path of the schema from there.

    Secrets that are there already stay as they are.
    """
    folder = _folder() / name
    for path in sorted(each for each in folder.rglob("*") if each.suffix in SUFFIXES):
        inside = PurePosixPath(path.relative_to(folder).as_posix())
        text = _naming_schema(path.read_text("utf-8"), os.path.relpath(schema, inside.parent))
        yield StarterFile(path=inside, text=text, content="a file of the example")
    for file, text in throw_away_secrets().items() if name == "support-desk" else ():
        kept = text_of(home / _SECRETS / file)
        content = "a throw-away secret, which Git ignores"
        yield StarterFile(path=_SECRETS / file, text=text if kept is None else kept, content=content, private=True)


def example_ignored(name: str) -> tuple[str, ...]:
    """Return the lines of `.gitignore` that an example needs."""
    return tuple((text_of(_folder() / name / GITIGNORE) or "").splitlines())


def throw_away_secrets() -> dict[str, str]:
    """Create the secrets of the support desk: random bytes in the format of Apple's and Google's files."""
    return {
        "apple-certificate.pem": _pem("CERTIFICATE", 900),
        "apple-key.pem": _pem("PRIVATE KEY", 1216),
        "firebase-service-account.json": _service_account(),
    }


def _folder() -> Path:
    """Return the folder of the examples: in the package if it was built, at the top of the repository otherwise."""
    packaged = Path(__file__).with_name("examples")
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / "examples"


def _naming_schema(text: str, schema: str) -> str:
    first, _, rest = text.partition("\n")
    return f"{SCHEMA_COMMENT}{PurePosixPath(schema).as_posix()}\n{rest}" if first.startswith(SCHEMA_COMMENT) else text


def _pem(label: str, size: int) -> str:
    coded = base64.b64encode(secrets.token_bytes(size)).decode("ascii")
    body = "\n".join(coded[start : start + 64] for start in range(0, len(coded), 64))
    return f"-----BEGIN {label}-----\n{body}\n-----END {label}-----\n"


def _service_account() -> str:
    """Build a Firebase service account that does not exist."""
    account = {
        "type": "service_account",
        "project_id": "support-desk-example",
        "private_key_id": secrets.token_hex(20),
        "private_key": _pem("PRIVATE KEY", 1216),
        "client_email": "push@support-desk-example.iam.gserviceaccount.example",
        "client_id": str(secrets.randbelow(10**21)),
        "token_uri": "https://oauth2.example.com/token",
    }
    return json.dumps(account, indent=2)
