"""The plan that the documentation shows: the quickstart, changed by hand and by a pull request."""

import json
import re
import shutil
from base64 import b64encode
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

from confsync.emulator.emulator import ACCOUNT_SID, AUTH_TOKEN, Emulator
from confsync.emulator.http import EmulatorRequest
from tests.repository.paths import confsync

CHANGED_BY_HAND = ("sendMessage", "sendMediaMessage", "leaveConversation", "deleteOwnMessage", "deleteAnyMessage")
NEW_ROLE = "      lead:\n        type: service\n        permissions: [createConversation, joinConversation]\n\n"
_LEFT_OUT = ("Not managed", "  ? ", "Unmanaged", "Plan for", "Configuration:", "Risk (medium)")
_SID = re.compile(r"\b(?!AC)([A-Z]{2})[0-9a-f]{32}\b")


class Demonstration(NamedTuple):
    """A plan of the quickstart in two formats."""

    text: str
    markdown: str


def plan_the_quickstart(example: Path, scratch: Path) -> Demonstration:
    """Apply the quickstart, change a role in Twilio, change the configuration, and plan."""
    folder = scratch / "quickstart"
    shutil.copytree(example, folder)
    configuration = folder / "confsync.yaml"
    original = configuration.read_text("utf-8")
    _confsync(folder, "apply", "--auto-approve")
    _change_permissions(folder / ".confsync" / "emulator" / "state.db", "agent", CHANGED_BY_HAND)
    configuration.write_text(original.replace("    configuration:\n", f"{NEW_ROLE}    configuration:\n"), "utf-8")
    command = ("plan", "--var", "hooks_host=hooks.example.org")
    text = f"$ confsync {' '.join(command)} --emulator\n{_confsync(folder, *command)}"
    return Demonstration(text, _confsync(folder, *command, "--format", "markdown"))


def excerpt_of(plan: str) -> str:
    """Shorten a plan to its changes, its summary and its highest risks."""
    lines = [line for line in plan.splitlines() if not line.startswith(_LEFT_OUT)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))


def _confsync(directory: Path, *arguments: str) -> str:
    """Run confsync on the quickstart and return its output."""
    done = confsync(*arguments, "--emulator", "--no-color", directory=directory)
    if done.returncode:
        raise SystemExit(f"confsync {' '.join(arguments)} exited with {done.returncode}:\n{done.stderr}")
    return _SID.sub(r"\1…", done.stdout)  # the emulator makes new ones in each run


def _change_permissions(db: Path, role: str, permissions: tuple[str, ...]) -> None:
    """Change a role as someone would in Twilio's console."""
    with Emulator(db=db) as emulator:
        service = _find(emulator, "/v1/Services", "services", "Shop chat")
        found = _find(emulator, f"{service}/Roles", "roles", role)
        _request(emulator, "POST", found, urlencode({"Permission": permissions}, doseq=True))


def _find(emulator: Emulator, path: str, key: str, name: str) -> str:
    """Find the path of the resource with this friendly name."""
    resources = _request(emulator, "GET", path)[key]
    return next(f"{path}/{each['sid']}" for each in resources if each["friendly_name"] == name)


def _request(emulator: Emulator, method: str, path: str, form: str = "") -> dict[str, Any]:
    """Send a request to an emulator in the same process."""
    credentials = b64encode(f"{ACCOUNT_SID}:{AUTH_TOKEN}".encode()).decode()
    headers = {"authorization": f"Basic {credentials}", "content-type": "application/x-www-form-urlencoded"}
    body: dict[str, Any] = json.loads(emulator.handle(EmulatorRequest(method, path, "", headers, form.encode())).body)
    return body
