"""Push credentials: how an account signs in to Apple's and Google's notification services."""

from confsync.emulator.deed import Row
from confsync.emulator.kind import Holder, Kind, Parameter, Property, texts
from confsync.emulator.settings import Settings
from confsync.emulator.shapes import Choice, Flag, SecretText, Text


def credential(settings: Settings) -> Kind:
    """`/Credentials`. The secrets are write-only: not even a masked form is ever shown."""

    def sandbox(row: Row) -> str | None:
        """Say it in the API's odd way: a word for Apple's credentials, null for the others."""
        if row["type"] == "apn":
            return "True" if row["sandbox"] else "False"
        return "False" if row["type"] == "gcm" and settings.gcm_sandbox == "False" else None

    push_type = Choice(("apn", "gcm", "fcm"), wrong=52003, any_case=True)
    secret = SecretText()
    return Kind(
        name="credential",
        docs="https://www.twilio.com/docs/conversations-classic/api/credential-resource",
        paths=("/Credentials",),
        verbs=("list", "create", "fetch", "update", "delete"),
        sid="CR",
        list_key="credentials",
        page_maximum=100,
        parameters=(
            Parameter("Type", push_type, "required", "optional", missing=52004),
            Parameter("FriendlyName", Text(at_most=64, too_long=50003), "optional", "optional"),
            Parameter("Certificate", secret, "optional", "optional", kept_in="certificate_digest"),
            Parameter("PrivateKey", secret, "optional", "optional", kept_in="private_key_digest"),
            Parameter("Sandbox", Flag(), "optional", "optional"),
            Parameter("ApiKey", secret, "optional", "optional", kept_in="api_key_digest"),
            Parameter("Secret", secret, "optional", "optional", kept_in="secret_digest"),
        ),
        properties=(
            *texts("sid", "account_sid", "friendly_name", "type"),
            Property("sandbox", sandbox),
            *texts("date_created", "date_updated"),
        ),
        held_by=(Holder("binding", "credential_sid"),) if settings.delete_credential_in_use == "reject" else (),
    )
