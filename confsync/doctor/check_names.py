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
        "the configuration has errors, which `doctor` prints (exit 3)",
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
        "the credentials are missing, or Twilio rejects them (exit 9); Twilio does not respond (exit 4)",
    )
    ACCOUNT = (
        "account",
        "the configuration does not name an account",
        "the credentials belong to an account other than the one in the configuration (exit 8)",
    )
    CLOCK = ("clock", "the local clock differs from Twilio's by more than 60 seconds", "")
    PERMISSIONS = (
        "permissions",
        "",
        "the credentials cannot read services, roles, credentials or the account's configuration (exit 9)",
    )
    LEDGER = (
        "ledger",
        (
            "there is no ledger; an interrupted apply left a journal; the ledger has entries for resources that are no "
            "longer declared; the fingerprints in the ledger were made with a different key"
        ),
        (
            "the ledger is corrupt, or missing although `require_ledger` is set (exit 11); the ledger belongs to a "
            "different account (exit 8); next to the ledger, there is a ledger of this account for an environment that "
            "is not declared (exit 8)"
        ),
    )
    NAMES = (
        "names",
        "there are probable duplicates, or several live resources in a declared section have the same name",
        (
            "a declared resource matches several live resources, or matches one that belongs to a different "
            "environment (exit 8)"
        ),
    )
