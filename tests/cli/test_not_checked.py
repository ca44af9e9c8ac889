"""What a run says that it changes nothing: it never claims more than it compared.

An ordinary run shows every state as text, and one state in every format; the other formats run with the campaigns.
"""

from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest

from confsync.exit_codes import ExitCode
from confsync.views.summary import NO_CHANGES
from tests.cli.conftest import Confsync

COMMANDS = (("plan",), ("drift",), ("plan", "--summary"), ("drift", "--summary"), ("apply", "--auto-approve"))
FORMATS = ("text", "markdown", "github", "html", "json")

SUPPORT = "version: 1\nservices:\n  support: {webhooks: {method: POST}}\n"
PUSH = SUPPORT + "credentials:\n  android: {type: fcm, secret: '${{ env.FCM_SECRET }}'}\n"
PUSHES = PUSH + (
    "  ios: {type: apn, certificate: '${{ file.ios.pem }}', private_key: '${{ var.apn_key }}'}\n"
    "variables: {apn_key: {sensitive: true}}\n"
)

Arranged = tuple[str, ...]
"""The options to run a command with."""


@pytest.fixture(autouse=True)
def secrets(folder: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Give each secret a value."""
    monkeypatch.setenv("CONFSYNC_FINGERPRINT_KEY", "a key for fingerprints")
    monkeypatch.setenv("FCM_SECRET", "canary 1")
    monkeypatch.setenv("CONFSYNC_VAR_apn_key", "canary 2")
    (folder / "ios.pem").write_text("canary 3", "utf-8")
    return monkeypatch


def applied(folder: Path, confsync: Confsync, text: str) -> None:
    (folder / "confsync.yaml").write_text(text, "utf-8")
    said = confsync("apply", "--emulator", "--auto-approve")
    assert said.code == 0, said.err


def in_sync(folder: Path, confsync: Confsync, environ: pytest.MonkeyPatch) -> Arranged:
    del environ
    applied(folder, confsync, PUSHES)
    return ()


def one_secret_unset(folder: Path, confsync: Confsync, environ: pytest.MonkeyPatch) -> Arranged:
    applied(folder, confsync, PUSH)
    environ.delenv("FCM_SECRET")
    return ()


def three_secrets_unset(folder: Path, confsync: Confsync, environ: pytest.MonkeyPatch) -> Arranged:
    applied(folder, confsync, PUSHES)
    environ.setenv("FCM_SECRET", "")
    environ.delenv("CONFSYNC_VAR_apn_key")
    (folder / "ios.pem").unlink()
    return ()


def one_part(folder: Path, confsync: Confsync, environ: pytest.MonkeyPatch) -> Arranged:
    del environ
    applied(folder, confsync, PUSH)
    return ("--target", "services/support")


def one_part_and_a_secret_unset(folder: Path, confsync: Confsync, environ: pytest.MonkeyPatch) -> Arranged:
    applied(folder, confsync, PUSH)
    environ.delenv("FCM_SECRET")
    return ("--kind", "credentials")


def nothing_declared(folder: Path, confsync: Confsync, environ: pytest.MonkeyPatch) -> Arranged:
    del confsync, environ
    (folder / "confsync.yaml").write_text("version: 1\n", "utf-8")
    return ()


def forgotten(folder: Path, confsync: Confsync, environ: pytest.MonkeyPatch) -> Arranged:
    applied(folder, confsync, PUSHES)
    environ.delenv("FCM_SECRET")
    text = PUSH + "forget: [credentials/ios]\n"
    (folder / "confsync.yaml").write_text(text, "utf-8")
    return ()


State = Callable[[Path, Confsync, pytest.MonkeyPatch], Arranged]
Loss = Callable[[Path, Confsync, pytest.MonkeyPatch], None]

STATES: tuple[tuple[State, str], ...] = (
    (in_sync, NO_CHANGES),
    (one_secret_unset, "No differences found; 1 secret was not checked (FCM_SECRET)."),
    (
        three_secrets_unset,
        "No differences found; 3 secrets were not checked (FCM_SECRET, ios.pem, CONFSYNC_VAR_apn_key).",
    ),
    (one_part, "No differences found; only the selected part was compared."),
    (
        one_part_and_a_secret_unset,
        "No differences found; only the selected part was compared; 1 secret was not checked (FCM_SECRET).",
    ),
    (nothing_declared, "No changes. The configuration declares no resource, so nothing was compared."),
    (
        forgotten,
        (
            "No changes. Twilio stays as it is, and confsync stops managing 1 resource; "
            "1 secret was not checked (FCM_SECRET)."
        ),
    ),
)


def marks_of(format_: str, *, shown: bool) -> list[pytest.MarkDecorator]:
    """Leave a format to the campaigns, unless it is text, or the state is the one that is shown in every format."""
    return [] if shown or format_ == "text" else [pytest.mark.campaign]


SENTENCES = [
    pytest.param(
        *(state, sentence, format_),
        id=f"{state.__name__} {format_}",
        marks=marks_of(format_, shown=state is one_part_and_a_secret_unset),
    )
    for state, sentence in STATES
    for format_ in FORMATS
]


@pytest.mark.parametrize(("state", "sentence", "format_"), SENTENCES)
def test_the_sentence_says_what_was_not_checked(
    state: State, sentence: str, format_: str, folder: Path, confsync: Confsync, secrets: pytest.MonkeyPatch
) -> None:
    options = state(folder, confsync, secrets)
    for command in COMMANDS:
        said = confsync(*command, "--emulator", "--format", format_, *options)
        assert said.code == 0, said.err
        out = unescape(said.out).replace("\\", "")
        if format_ != "json":
            assert sentence in out, (command, out)
        assert (NO_CHANGES in out) == (sentence == NO_CHANGES and format_ != "json")
        assert "canary" not in said.out + said.err


def test_the_document_says_what_was_not_checked(folder: Path, confsync: Confsync, secrets: pytest.MonkeyPatch) -> None:
    one_secret_unset(folder, confsync, secrets)
    for command in COMMANDS:
        assert confsync(*command, "--emulator", "--json").document["unchecked"] == [
            {
                "address": "credentials/android",
                "path": "secret",
                "secret": True,
                "reference": "FCM_SECRET",
                "reason": "the environment variable FCM_SECRET is not set",
            }
        ]


def other_key(folder: Path, confsync: Confsync, environ: pytest.MonkeyPatch) -> None:
    """Lose the key of the fingerprints, and the secret."""
    applied(folder, confsync, PUSH)
    environ.delenv("FCM_SECRET")
    environ.delenv("CONFSYNC_FINGERPRINT_KEY")


def fingerprint_lost(folder: Path, confsync: Confsync, environ: pytest.MonkeyPatch) -> None:
    """Lose the ledger, and the secret."""
    applied(folder, confsync, PUSH)
    environ.delenv("FCM_SECRET")
    (ledger,) = folder.glob(".confsync/emulator/confsync.ledger*.json")
    ledger.unlink()


def undeclared(folder: Path, confsync: Confsync, environ: pytest.MonkeyPatch) -> None:
    """Declare a credential without its secret."""
    del confsync, environ
    (folder / "confsync.yaml").write_text(PUSH.replace(", secret: '${{ env.FCM_SECRET }}'", ""), "utf-8")


UNSENT_SECRETS = [
    pytest.param(lose, format_, marks=marks_of(format_, shown=lose is other_key))
    for lose in (other_key, fingerprint_lost, undeclared)
    for format_ in FORMATS
]


@pytest.mark.parametrize(("lose", "format_"), UNSENT_SECRETS)
def test_an_apply_that_cannot_send_a_secret_is_refused_and_the_plan_says_so(
    lose: Loss,
    format_: str,
    folder: Path,
    confsync: Confsync,
    secrets: pytest.MonkeyPatch,
) -> None:
    lose(folder, confsync, secrets)
    planned = confsync("plan", "--emulator", "--format", format_)
    assert planned.code == 0, planned.err
    named = "'secret' must be sent"
    assert named in unescape(planned.out).replace("\\", "")
    assert NO_CHANGES not in planned.out
    refused = confsync("apply", "--emulator", "--auto-approve", "--format", format_)
    assert refused.code == ExitCode.INVALID
    assert NO_CHANGES not in refused.out
    assert confsync("plan", "--emulator", "--json").document["applyable"] is False


def test_a_destroy_without_a_ledger_does_not_claim_that_nothing_is_left(folder: Path, confsync: Confsync) -> None:
    applied(folder, confsync, SUPPORT)
    (ledger,) = folder.glob(".confsync/emulator/confsync.ledger*.json")
    ledger.unlink()
    for command in (("plan",), ("apply", "--auto-approve")):
        for format_ in ("text", "markdown", "github", "html"):
            out = confsync(*command, "--destroy", "--emulator", "--format", format_).out.replace("\\", "")
            assert "No changes. There is no ledger, so confsync does not know what it created." in unescape(out)
