"""Scenarios: credentials, the network, what Twilio answers, secrets, and `doctor`."""

import json
import os
import subprocess
from datetime import timedelta

from confsync.emulator.emulator import ACCOUNT_SID, AUTH_TOKEN
from confsync.emulator.faults.fault import Close, Fault, OtherRequest, Phase, Reset, Respond, Send
from tests.advice.about_guardrails import AGENT, desk_with
from tests.advice.desk import Desk, snippets
from tests.advice.row import advice
from tests.advice.selection import PLAIN

EMPTY = "version: 1\n"
ONE_SERVICE = "version: 1\nservices: {desk: {}}\n"
MEANWHILE = Phase.BEFORE_COMMIT


@advice("set {}_ACCOUNT_SID and {}_AUTH_TOKEN, or {}_API_KEY and {}_API_SECRET (then {}_AUTH_TOKEN is not needed).")
def missing_credentials(desk: Desk) -> None:
    desk.write(EMPTY)
    desk.set("TWILIO_ACCOUNT_SID", None)
    desk.failed("plan", code=9)
    desk.set("TWILIO_ACCOUNT_SID", ACCOUNT_SID)
    desk.done("plan")
    desk.set("TWILIO_AUTH_TOKEN", None)
    desk.failed("plan", code=9)
    desk.set("TWILIO_AUTH_TOKEN", AUTH_TOKEN)
    desk.done("plan")


@advice(
    "set {} again, without the line break.",
    "set {} to {} followed by 32 hexadecimal digits, as Twilio's console shows it.",
)
def credentials_that_cannot_be_right(desk: Desk) -> None:
    desk.write(EMPTY)
    desk.set("TWILIO_AUTH_TOKEN", f"{AUTH_TOKEN}\n")
    assert "TWILIO_AUTH_TOKEN again" in desk.failed("plan", code=9)
    desk.set("TWILIO_AUTH_TOKEN", AUTH_TOKEN)
    desk.done("plan")
    desk.set("TWILIO_ACCOUNT_SID", "me")
    assert "TWILIO_ACCOUNT_SID to AC" in desk.failed("plan", code=9)
    desk.set("TWILIO_ACCOUNT_SID", ACCOUNT_SID)
    desk.done("plan")


@advice("check the credentials and their permissions.", "fix the credentials first.", "fix the failed checks first.")
def a_wrong_token(desk: Desk) -> None:
    desk.write(EMPTY)
    desk.set("TWILIO_AUTH_TOKEN", "wrong")
    desk.failed("plan", code=9)
    desk.failed("doctor", code=9)
    desk.set("TWILIO_AUTH_TOKEN", AUTH_TOKEN)
    desk.done("plan")
    desk.done("doctor")


@advice("set the account SID and the credentials of the same account.", "check the credentials.")
def credentials_of_two_accounts(desk: Desk) -> None:
    desk.write(EMPTY)
    other = {"account_sid": "AC" + "b" * 32}
    for body, hint in ((other, "Set the account SID and"), ({"account_sid": 5}, "Check the credentials.")):
        desk.fail(Fault(phase=Phase.AFTER_COMMIT, effect=Respond(status=200, body=body), request=1))
        assert desk.failed("plan").startswith(hint)
    desk.fail()
    desk.done("plan")


@advice("set {} to a key from `openssl rand -hex 32`.")
def a_key_that_is_not_text(desk: Desk) -> None:
    desk.write(EMPTY)
    desk.set("CONFSYNC_FINGERPRINT_KEY", "a\nb")
    (command,) = snippets(desk.failed("plan", code=3))
    desk.set("CONFSYNC_FINGERPRINT_KEY", subprocess.check_output(command.split(), text=True).strip())
    desk.done("plan")


@advice(
    "set {} to a scheme, a host and a port, for example http://127.0.0.1:8080, or unset it.",
    "unset {}, or set {}={} if you mean it.",
    "use https in {}; plain http is for this machine only.",
    "name one, such as '{}'.",
)
def an_address_that_cannot_be_used(desk: Desk) -> None:
    desk.write(EMPTY)
    right = os.environ["CONFSYNC_BASE_URL"]
    desk.set("CONFSYNC_BASE_URL", "nonsense")
    desk.failed("plan", code=3)
    desk.set("CONFSYNC_BASE_URL", "http://proxy.example.com")
    variable = desk.failed("plan", code=8).split("or set ")[1].split()[0]
    desk.set(*variable.split("=", 1))
    assert desk.failed("plan", code=8).startswith("Use https in CONFSYNC_BASE_URL")
    desk.set("CONFSYNC_BASE_URL", None)
    desk.set("TWILIO_REGION", "no such region")
    assert desk.failed("plan", code=3) == "Name one, such as 'ie1'."
    desk.set("TWILIO_REGION", "ie1")
    desk.set("CONFSYNC_BASE_URL", right)
    desk.done("plan")


@advice(
    "correct or unset SSL_CERT_FILE and SSL_CERT_DIR.", "set it to an http:// address.", "correct or unset HTTPS_PROXY."
)
def a_proxy_that_cannot_be_used(desk: Desk) -> None:
    desk.write(EMPTY)
    desk.write("not a certificate", "x.pem")
    desk.set("SSL_CERT_FILE", "x.pem")
    _ask_through(desk, "socks5://127.0.0.1:1")
    desk.failed("plan", code=3)
    desk.set("SSL_CERT_FILE", None)
    desk.failed("plan", code=3)
    desk.set("HTTPS_PROXY", "http://127.0.0.1:port")
    desk.failed("plan", code=3)
    desk.set("HTTPS_PROXY", "http://127.0.0.1:1")
    assert desk.failed("plan", "--timeout", "1", code=4).startswith("Check the network and HTTPS_PROXY")


@advice("check the network and HTTPS_PROXY.", "check the network and HTTPS_PROXY, then run the command again.")
def a_proxy_that_cannot_be_reached(desk: Desk) -> None:
    desk.write(EMPTY)
    right = os.environ["CONFSYNC_BASE_URL"]
    for proxy in ("http://nowhere.invalid:3128", "http://127.0.0.1:1"):
        _ask_through(desk, proxy)
        desk.failed("plan", "--timeout", "1", code=4)
    desk.set("HTTPS_PROXY", None)
    desk.set("CONFSYNC_BASE_URL", right)
    desk.done("plan")


def _ask_through(desk: Desk, proxy: str) -> None:
    """Send every request to Twilio, through a proxy."""
    for name in ("CONFSYNC_BASE_URL", "NO_PROXY", "no_proxy", "https_proxy"):
        desk.set(name, None)
    desk.set("HTTPS_PROXY", proxy)


@advice("check the network, then run the command again.")
def no_connection(desk: Desk) -> None:
    desk.write(EMPTY)
    desk.fail(Fault(phase=Phase.BEFORE_READ, effect=Reset(), times=None))
    desk.failed("plan", code=4)
    desk.fail()
    desk.done("plan")


@advice(
    "run the command again later.", "run it again; if it happens again, report it to Twilio.", "run it again: `{}`."
)
def a_response_that_makes_no_sense(desk: Desk) -> None:
    desk.write(ONE_SERVICE)
    desk.fail(
        Fault(phase=Phase.AFTER_COMMIT, effect=Respond(status=200, body="<html>"), path="/v1/Services", times=None)
    )
    desk.failed("plan", code=4)
    desk.fail(
        Fault(
            phase=Phase.AFTER_COMMIT, effect=Respond(status=200, body={"services": 1, "meta": {}}), path="/v1/Services"
        )
    )
    desk.failed("plan", code=4)
    services = {
        "meta": {"next_page_url": None, "key": "services"},
        "services": [{"friendly_name": 5, "sid": "IS" + "0" * 32}],
    }
    desk.fail(Fault(phase=Phase.AFTER_COMMIT, effect=Respond(status=200, body=services), path="/v1/Services"))
    hint = desk.failed("plan", code=4)
    desk.fail()
    assert desk.follow(hint).code == 0


@advice("wait a minute and run the command again. confsync makes no plan from a wrong list.")
def a_list_that_lacks_a_resource(desk: Desk) -> None:
    desk.apply(ONE_SERVICE)
    nothing = {"services": [], "meta": {"next_page_url": None, "key": "services"}}
    desk.fail(Fault(phase=Phase.AFTER_COMMIT, effect=Respond(status=200, body=nothing), path="/v1/Services"))
    desk.failed("plan", code=4)
    desk.done("plan")


@advice(
    "run `confsync plan` to see its current state. Then run the same command again: what is done stays done.",
    "run `confsync plan` to see its current state.",
)
def someone_who_changes_the_same_resource(desk: Desk) -> None:
    desk.apply(desk_with(AGENT))
    role = f"/v1/Services/{desk.sid('services', 'desk')}/Roles/{desk.sid('services', 'desk', 'roles', 'agent')}"
    change = OtherRequest("POST", role, {"Permission": "editOwnMessage"})
    desk.write(desk_with(AGENT.replace("sendMessage", "leaveConversation")))
    desk.fail(Fault(phase=MEANWHILE, effect=Send((change,)), method="GET", path=role))
    hint = desk.failed("apply --auto-approve", code=7)
    desk.fail()
    assert desk.follow(hint).code == 0
    desk.allowed()


@advice("run `confsync plan`: it reads the live state")
def a_write_that_cannot_be_read_back(desk: Desk) -> None:
    desk.write("version: 1\nservices: {desk: {webhooks: {method: GET}}}\n")
    broken = Respond(status=400, body={"code": 20001, "message": "no", "status": 400})
    webhooks = "/v1/Services/*/Configuration/Webhooks"
    desk.fail(Fault(phase=MEANWHILE, effect=broken, method="GET", path=webhooks, times=None))
    desk.done("apply --auto-approve")
    (command,) = snippets(next(each for each in desk.last.err.splitlines() if "reads the live state" in each))
    desk.fail()
    assert "No changes" in desk.done(command).out


@advice("run `confsync plan`: it reads what Twilio holds now.")
def a_write_whose_outcome_is_unknown(desk: Desk) -> None:
    desk.write(ONE_SERVICE)
    desk.fail(Fault(phase=Phase.AFTER_COMMIT, effect=Close(), method="POST"))
    desk.run("apply --auto-approve")
    desk.fail()
    desk.allowed()


@advice("fix the cause of each error. Then run the same command again: what is done stays done.")
def a_write_that_twilio_refuses(desk: Desk) -> None:
    desk.write(desk_with(AGENT))
    refusal = Respond(status=400, code=50104, body={"code": 50104, "message": "no", "status": 400})
    desk.fail(Fault(phase=MEANWHILE, effect=refusal, method="POST", path="/v1/Services/*/Roles"))
    desk.failed("apply --auto-approve", code=5)
    desk.fail()
    desk.allowed()


@advice("wait until Twilio works again. Then run the same command again: what is done stays done.")
def a_write_for_which_twilio_has_no_time(desk: Desk) -> None:
    desk.write(desk_with(AGENT))
    busy = Respond(status=429, code=20429)
    desk.fail(Fault(phase=MEANWHILE, effect=busy, method="POST", path="/v1/Services", times=None))
    assert "Twilio works again" in desk.failed("apply --auto-approve", code=4)
    desk.fail()
    desk.allowed()


@advice("make these secrets available here, then run `confsync apply` again.")
def a_secret_that_is_missing(desk: Desk) -> None:
    desk.write("version: 1\ncredentials: {push: {type: fcm, secret: '${{ env.FCM }}'}}\n")
    hint = desk.failed("apply --auto-approve", code=3)
    desk.set("FCM", "key")
    (command,) = snippets(hint)
    desk.done(command, "--auto-approve")


@advice("write `{}: ${{ env.NAME }}`")
def a_secret_that_is_not_declared(desk: Desk) -> None:
    desk.write("version: 1\ncredentials: {push: {type: fcm}}\n")
    desk.failed("apply --auto-approve", code=3)
    line = next(each for each in snippets(desk.last.err) if "env.NAME" in each)
    name, _, value = line.partition(": ")
    desk.write(f"version: 1\ncredentials: {{push: {{type: fcm, {name}: '{value}'}}}}\n")
    desk.set("NAME", "key")
    desk.allowed()


@advice("set {}")
def a_sensitive_variable_without_a_value(desk: Desk) -> None:
    desk.write(
        "version: 1\nvariables: {t: {sensitive: true}}\n"
        "services: {desk: {webhooks: {post_webhook_url: 'https://example.com/${{ var.t }}'}}}\n"
    )
    desk.run("apply --auto-approve")
    assert "set CONFSYNC_VAR_t" in desk.last.err
    desk.set("CONFSYNC_VAR_t", "token")
    desk.allowed()


@advice(
    "keep the configuration in a Git repository.",
    "name the account in an environment: `account_sid: {}`.",
    "restore it from version control, unless nothing was applied yet.",
    "write `{}/` into .gitignore.",
    "run `git fetch --unshallow`, or clone with the whole history.",
    "run `confsync validate`.",
    "set it to a long random text, the same wherever confsync runs.",
    "compare this machine's clock yourself.",
    most=PLAIN,
)
def what_doctor_warns_of(desk: Desk) -> None:
    desk.set("KEY", "k")
    desk.write(
        "version: 1\nservices: {desk: {webhooks: {filters: [onFoo]}}}\n"
        "credentials: {push: {type: fcm, secret: '${{ env.KEY }}'}}\n"
    )
    found = doctor(desk)
    assert set(found) >= {"git", "account", "ledger", "configuration", "fingerprint key"}
    git(desk, "init", "-q", ".")
    (line,) = snippets(doctor(desk)[".gitignore"])
    desk.write(f"{line}\n", ".gitignore")
    desk.edit("[onFoo]", "[onMessageAdded]")
    (entry,) = snippets(found["account"])
    desk.add(f"environments: {{prod: {{{entry}}}}}")
    desk.set("CONFSYNC_FINGERPRINT_KEY", "a long random text")
    desk.apply()
    assert set(doctor(desk)) <= {"clock"}
    git(desk, "add", "-A")
    git(desk, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "one")
    git(desk, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "two", "--allow-empty")
    clone = desk.folder / "clone"
    git(desk, "clone", "-q", "--depth", "1", f"file://{desk.folder}", str(clone))
    desk.monkeypatch.chdir(clone)
    (command,) = snippets(doctor(desk)["git"])
    subprocess.run(command.split(), cwd=clone, check=True)
    assert "git" not in doctor(desk)


def git(desk: Desk, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=desk.folder, check=True)


def doctor(desk: Desk) -> dict[str, str]:
    """Return the hint of each check that is not ok."""
    document = json.loads(desk.run("doctor --json").out)
    return {each["name"]: each["hint"] for each in document["checks"] if each["hint"]}


@advice("delete the unneeded ones in Twilio.")
def two_services_of_one_name(desk: Desk) -> None:
    desk.apply(ONE_SERVICE)
    desk.emulator.clock.advance(timedelta(hours=1))
    second = desk.client.made("/Services", {"FriendlyName": "desk"})
    assert "names" in doctor(desk)
    desk.client.delete(f"/Services/{second}")
    assert "names" not in doctor(desk)


@advice("write under `adopt` which one it is: `adopt: {ADDRESS: SID}`.")
def a_service_that_could_be_two(desk: Desk) -> None:
    sid, _ = (desk.client.made("/Services", {"FriendlyName": "desk"}) for _ in range(2))
    desk.write(ONE_SERVICE)
    _, line = snippets(desk.failed("doctor", code=8))
    desk.add(line.replace("ADDRESS", "services/desk").replace("SID", sid))
    desk.done("doctor")
