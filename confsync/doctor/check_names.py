"""Every check of the doctor, with the reasons for which it warns or fails."""

from enum import StrEnum
from typing import Self


class CheckName(StrEnum):
    """The checks in the order in which they are reported, in the words of `docs/commands/doctor.md`."""

    warns_if: str
    fails_if: str

    def __new__(cls, name: str, warns_if: str, fails_if: str) -> Self:
        """Make a member that equals the check's name and carries its documentation."""
        member = str.__new__(cls, name)
        member._value_ = name
        member.warns_if, member.fails_if = warns_if, fails_if
        return member

    CONFIGURATION = (
        "configuration",
        "the configuration has warnings, or a secret has no value in this run",
        "the configuration has errors, which `doctor` prints (exit code 3)",
    )
    FINGERPRINT_KEY = (
        "fingerprint key",
        (
            "the configuration declares secrets, but `CONFSYNC_FINGERPRINT_KEY`, the key for "
            "[fingerprints](../glossary.md#fingerprint), is not set"
        ),
        "",
    )
    GIT = ("git", "there is no Git repository, or the clone is shallow", "")
    GITIGNORE = (".gitignore", "Git does not ignore the local files in `.confsync/`", "")
    CREDENTIALS = (
        "credentials",
        "",
        "the credentials are missing, or Twilio rejects them (exit code 9); or Twilio does not respond (exit code 4)",
    )
    ACCOUNT = (
        "account",
        "the configuration does not name an account",
        "the credentials belong to an account other than the one in the configuration (exit code 8)",
    )
    CLOCK = ("clock", "the local clock differs from Twilio's by more than 60 seconds", "")
    PERMISSIONS = (
        "permissions",
        "",
        (
            "with these credentials, confsync cannot read services, roles, push credentials or the account's "
            "configuration (exit code 9)"
        ),
    )
    LEDGER = (
        "ledger",
        (
            "there is no ledger; an interrupted apply left a journal behind; the ledger has entries for resources that "
            "are no longer declared; or the fingerprints in the ledger were made with a key other than the current one"
        ),
        (
            "the ledger is corrupt, or is missing even though `require_ledger` is set (exit code 11); the ledger "
            "belongs to an account other than the one that `doctor` checks (exit code 8); or another ledger of this "
            "account, in the same folder or Git ref, belongs to an environment that is not declared (exit code 8)"
        ),
    )
    NAMES = (
        "names",
        (
            "there are [probable duplicates](../duplicates.md), or several live resources in a declared section have "
            "the same name"
        ),
        (
            "a declared resource matches several live resources, or matches one that belongs to an environment other "
            "than the selected one (exit code 8)"
        ),
    )
