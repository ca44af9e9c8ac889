"""Scenarios: other commits, other files, values that cannot change, and what Twilio refuses to say."""

import os
import ssl
import subprocess
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from confsync.cli.invocation import Invocation
from confsync.emulator.emulator import Emulator
from confsync.emulator.faults.fault import Fault, Phase, Respond
from confsync.emulator.server import running
from tests.advice.about_guardrails import AGENT, desk_with
from tests.advice.desk import Desk, snippets
from tests.advice.row import advice

EMPTY = "version: 1\n"
SECOND = AGENT.replace("agent", "clerk")


def git(desk: Desk, *arguments: str) -> None:
    named = ("-c", "user.name=a", "-c", "user.email=a@b")
    subprocess.run(["git", *named, *arguments], cwd=desk.folder, check=True, capture_output=True)


@advice("`--allow-rollback`")
def an_older_commit(desk: Desk) -> None:
    git(desk, "init", "-q", "-b", "main", ".")
    desk.write(".confsync/\n", ".gitignore")
    desk.write(desk_with(AGENT))
    git(desk, "add", "-A")
    git(desk, "commit", "-qm", "one")
    desk.apply()
    desk.write(desk_with(AGENT.replace("sendMessage", "leaveConversation")))
    git(desk, "commit", "-qam", "two")
    desk.apply()
    git(desk, "checkout", "-q", "HEAD~1")
    (option,) = snippets(desk.blocked())
    desk.done("apply --auto-approve", option)
    assert "sendMessage" in str(desk.client.get(f"/Services/{desk.sid('services', 'desk')}/Roles").body)


@advice("choose one: `-e {}`.")
def one_environment_and_another_name(desk: Desk) -> None:
    desk.write(EMPTY + f"environments: {{prod: {{account_sid: AC{'a' * 32}}}}}\n")
    (option,) = snippets(desk.failed("plan -e zzz", code=3))
    desk.done(f"plan {option}")


@advice("to fix it: {}.")
def a_ledger_that_doctor_finds(desk: Desk) -> None:
    text = desk_with(AGENT) + f"environments: {{%s: {{account_sid: AC{'a' * 32}}}}}\n"
    desk.apply(text % "old")
    desk.write(text % "new")
    (command,) = snippets(desk.failed("doctor", code=8))
    desk.done(command)
    desk.done("doctor")


@advice("an apply that has to send one exits with code 3. Give them a value where it runs.")
def secrets_that_doctor_misses(desk: Desk) -> None:
    desk.write("version: 1\ncredentials: {push: {type: fcm, secret: '${{ env.FCM }}'}}\n")
    desk.done("doctor")
    assert "Give them a value" in desk.last.out
    desk.failed("apply --auto-approve", code=3)
    desk.set("FCM", "key")
    desk.done("apply --auto-approve")
    desk.done("doctor")
    assert "Give them a value" not in desk.last.out


@advice("set the clock, for example by NTP.")
def a_clock_that_is_wrong(desk: Desk) -> None:
    desk.write(EMPTY)
    late = Respond(status=200, headers={"Date": "Thu, 01 Jan 2026 00:00:00 GMT"}, body={"account_sid": "AC" + "a" * 32})
    desk.fail(Fault(phase=Phase.AFTER_COMMIT, effect=late, request=1))
    desk.run("doctor")
    assert "Set the clock" in desk.last.out
    now = datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
    right = Respond(status=200, headers={"Date": now}, body={"account_sid": "AC" + "a" * 32})
    desk.fail(Fault(phase=Phase.AFTER_COMMIT, effect=right, request=1))
    desk.run("doctor")
    assert "Set the clock" not in desk.last.out


@advice("use an API key of type Standard, or give a restricted key the missing permissions.")
def a_key_without_permissions(desk: Desk) -> None:
    desk.write(EMPTY)
    denied = Respond(status=403, body={"code": 20403, "message": "no", "status": 403})
    desk.fail(Fault(phase=Phase.BEFORE_COMMIT, effect=denied, path="/v1/Services", times=None))
    desk.failed("doctor", code=9)
    desk.fail()
    key = "SK" + "0" * 32
    with Emulator(api_keys={key: "secret"}) as emulator, running(emulator) as url:
        desk.set("CONFSYNC_BASE_URL", url)
        desk.set("TWILIO_API_KEY", key)
        desk.set("TWILIO_API_SECRET", "secret")
        desk.done("doctor")


@advice("Twilio accepts no requests until {} UTC; run the command again then.")
def twilio_that_asks_to_wait(desk: Desk) -> None:
    desk.write(EMPTY)
    busy = Respond(status=429, headers={"Retry-After": "600"}, body={"code": 20429, "message": "no", "status": 429})
    desk.fail(Fault(phase=Phase.BEFORE_COMMIT, effect=busy, request=1))
    desk.failed("plan", code=4)
    desk.done("plan")


@advice("check the network, region and edge.")
def a_region_that_does_not_exist(desk: Desk) -> None:
    desk.write(EMPTY)
    right = os.environ["CONFSYNC_BASE_URL"]
    desk.set("CONFSYNC_BASE_URL", "https://nowhere.invalid")
    desk.set("CONFSYNC_ALLOW_HOST", "nowhere.invalid")
    desk.set("HTTPS_PROXY", None)
    desk.failed("plan", code=4)
    desk.set("CONFSYNC_BASE_URL", right)
    desk.done("plan")


@advice("copy it into the repository, outside `.git`, or set CONFSYNC_FILE_ROOT to {}")
def a_configuration_outside_the_repository(desk: Desk) -> None:
    (desk.folder / "outside").mkdir()
    (desk.folder / "repository").mkdir()
    desk.write(EMPTY, "outside/a.yaml")
    link = desk.folder / "repository/confsync.yaml"
    link.symlink_to(desk.folder / "outside/a.yaml")
    git(desk, "init", "-q", "repository")
    desk.monkeypatch.chdir(desk.folder / "repository")
    desk.failed("validate", code=3)
    root = desk.last.err.partition("CONFSYNC_FILE_ROOT to ")[2].split()[0]
    desk.set("CONFSYNC_FILE_ROOT", str(Path(root).resolve()))
    desk.done("validate")
    desk.set("CONFSYNC_FILE_ROOT", None)
    link.unlink()
    link.write_text(EMPTY, "utf-8")
    desk.done("validate")


@advice(
    "restore the file that it names, or remove it",
    "put the folder itself here, or remove the link",
    "rename it to {}, or remove it",
    "rename that file",
    "remove it, move it out of this folder, or rename it",
    "remove it, or move what it contains",
)
def files_that_look_intended(desk: Desk) -> None:
    desk.write(EMPTY, "confsync.d/a.yaml")
    desk.write("services: {desk: {}}\n", "other.yaml")
    link = desk.folder / "confsync.d/b.yaml"

    def links_to(name: str) -> None:
        link.unlink(missing_ok=True)
        link.symlink_to(desk.folder / name)

    links_to("missing.yaml")
    desk.failed("validate", code=3)
    links_to("other.yaml")
    desk.done("validate")
    (desk.folder / "folder").mkdir()
    links_to("folder")
    desk.failed("validate", code=3)
    link.unlink()
    desk.done("validate")
    desk.write("services: {desk: {}}\n", "confsync.d/c.YAML")
    desk.failed("validate", code=3)
    (desk.folder / "confsync.d/c.YAML").rename(desk.folder / "confsync.d/c.yaml")
    desk.done("validate")
    desk.write("{}\n", "other.txt")
    links_to("other.txt")
    desk.failed("validate", code=3)
    (desk.folder / "other.txt").rename(desk.folder / "other2.yaml")
    links_to("other2.yaml")
    desk.done("validate")
    for unread in ("confsync.d/d.yaml~", "confsync.yml"):
        desk.write("services: {desk: {}}\n", unread)
        desk.done("plan")
        assert "warning" in desk.last.err
        (desk.folder / unread).unlink()
        desk.done("plan")
        assert "warning" not in desk.last.err


@advice("keep it in the repository, outside `.git`, or name its folder in CONFSYNC_FILE_ROOT")
def a_secret_outside_the_repository(desk: Desk) -> None:
    (desk.folder / "repository").mkdir()
    desk.write("key", "key")
    (desk.folder / "repository/key").symlink_to(desk.folder / "key")
    desk.write("version: 1\ncredentials: {push: {type: fcm, secret: '${{ file.key }}'}}\n", "repository/confsync.yaml")
    git(desk, "init", "-q", "repository")
    desk.monkeypatch.chdir(desk.folder / "repository")
    desk.failed("validate", code=3)
    desk.set("CONFSYNC_FILE_ROOT", str(desk.folder))
    desk.done("validate")
    desk.set("CONFSYNC_FILE_ROOT", None)
    (desk.folder / "repository/key").unlink()
    desk.write("key", "repository/key")
    desk.done("validate")


@advice("correct the path or its permissions.")
def a_path_that_is_too_long(desk: Desk) -> None:
    desk.write(EMPTY)
    desk.failed(f"validate -f {'x' * 5_000}", code=11)
    desk.done("validate -f confsync.yaml")


@advice("{}, then run it again.")
def a_summary_in_a_missing_folder(desk: Desk) -> None:
    desk.write(EMPTY)
    desk.set("GITHUB_STEP_SUMMARY", str(desk.folder / "nowhere/summary.md"))
    assert desk.failed("plan --format github", code=11).startswith("Create the folder")
    (desk.folder / "nowhere").mkdir()
    desk.done("plan --format github")


@advice("declare {} that exists, or `null`")
def a_reference_to_something_deleted(desk: Desk) -> None:
    address = 'account: {addresses: {"+15551230000": {type: sms%s}}}\n'
    desk.apply(
        "version: 1\nservices: {desk: {}}\n"
        + address % ", auto_creation: {enabled: true, type: default, conversation_service: desk}"
    )
    desk.client.delete(f"/Services/{desk.sid('services', 'desk')}")
    desk.ledger.unlink()
    desk.write(EMPTY + address % "")
    desk.done("plan")
    assert "declare a service that exists" in desk.last.err
    desk.write(EMPTY + address % ", auto_creation: {conversation_service: null}")
    desk.allowed()
    assert "declare a service that exists" not in desk.last.err


@advice("remove this", "remove its block", "write another {}, or remove this")
def a_difference_that_no_apply_can_change(desk: Desk) -> None:
    room = "version: 1\nservices: {desk: {conversations: {lounge: {%s}}}}\n"
    desk.apply(room % "participants: {ann: {identity: ann}}, friendly_name: Lounge")
    lounge = f"/Services/{desk.sid('services', 'desk')}/Conversations/lounge"
    desk.client.post(lounge, {"State": "closed"})
    more = "ann: {identity: ann, attributes: {a: 1}}, bob: {identity: bob}"
    desk.write(room % f"participants: {{{more}}}, friendly_name: Hall")
    desk.done("plan")
    assert "^^^ remove its block" in desk.last.err
    assert "write another unique_name, or remove this" in desk.last.err
    assert "^^^ remove this" in desk.last.err
    desk.write(room % "unique_name: lounge2, friendly_name: Hall")
    desk.allowed()
    assert "remove" not in desk.last.err


@advice("remove it, or delete the resource in Twilio, so that the next apply creates it again")
def a_field_that_only_a_create_sets(desk: Desk) -> None:
    flow = f"target: studio, configuration: {{flow_sid: FW{'0' * 32}%s}}"
    text = "version: 1\nservices: {desk: {conversations: {lounge: {webhooks: {flow: {%s}}}}}}\n"
    desk.apply(text % (flow % ""))
    late = text % (flow % ", replay_after: 5")
    desk.write(late)
    desk.done("plan")
    assert "remove it, or delete" in desk.last.err
    desk.write(text % (flow % ""))
    desk.done("plan")
    assert "remove it, or delete" not in desk.last.err
    desk.write(late)
    hooks = f"/Services/{desk.sid('services', 'desk')}/Conversations/lounge/Webhooks"
    (hook,) = desk.client.get(hooks).body["webhooks"]
    desk.client.delete(f"{hooks}/{hook['sid']}")
    desk.allowed()
    assert "remove it, or delete" not in desk.last.err


@advice("to keep it sensitive, take it from a variable with `{sensitive: true}`")
def a_value_that_is_not_sensitive_any_more(desk: Desk) -> None:
    desk.set("CONFSYNC_VAR_t", "https://example.com/x")
    hooks = "version: 1\nvariables: {t: %s}\nservices: {desk: {webhooks: {post_webhook_url: '${{ var.t }}'}}}\n"
    desk.apply(hooks % "{sensitive: true}")
    desk.write(hooks % "https://example.com/x")
    desk.done("plan")
    assert "to keep it sensitive" in desk.last.err
    desk.write(hooks % "{sensitive: true}")
    desk.done("plan")
    assert "to keep it sensitive" not in desk.last.err


@advice("run it again without a pipe, or with --output FILE.")
def a_pipe_that_closes_early(desk: Desk) -> None:
    desk.write(desk_with(AGENT))

    def close(invocation: Invocation, _: object) -> None:
        invocation.console.reader_gone = True

    with desk.monkeypatch.context() as patched:
        patched.setattr("confsync.cli.applying.show_result", close)
        desk.failed("apply --auto-approve", code=11)
    desk.done("apply --auto-approve --output plan.txt")
    assert desk.plan()["changes"] == []


@advice("write the line yourself.")
def a_section_that_cannot_be_edited(desk: Desk) -> None:
    sid = desk.client.made("/Services", {"FriendlyName": "desk"})
    (desk.folder / "confsync.yaml").write_text(
        "version: 1\nservices: {desk: {}}\nvariables:\n  z: |\n    without an end", "utf-8"
    )
    desk.failed(f"adopt services/desk {sid}", code=3)
    desk.add(f"adopt: {{services/desk: {sid}}}")
    desk.allowed()


class _SilentServer(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Print no traceback of a handshake that failed."""


class Untrusted:
    """A server on this machine whose certificate nobody knows, until SSL_CERT_FILE names it."""

    def __init__(self, folder: Path) -> None:
        self.certificate = folder / "cert.pem"
        key = folder / "key.pem"
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-subj"),
                *("/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", self.certificate),
            ],
            check=True,
            capture_output=True,
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, key)
        self.server = _SilentServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
        # the thread of a connection shakes hands: one that says nothing must not keep the others waiting
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@advice("if you use a proxy, set SSL_CERT_FILE to a file that contains its CA certificates.")
def a_certificate_that_nobody_knows(desk: Desk) -> None:
    desk.write(EMPTY)
    untrusted = Untrusted(desk.folder)
    desk.set("CONFSYNC_BASE_URL", f"https://127.0.0.1:{untrusted.server.server_port}")
    desk.set("HTTPS_PROXY", None)
    desk.failed("plan", code=4)
    desk.set("SSL_CERT_FILE", str(untrusted.certificate))
    desk.failed("plan")
    assert "certificate" not in desk.last.err
    untrusted.server.shutdown()
    untrusted.server.server_close()
