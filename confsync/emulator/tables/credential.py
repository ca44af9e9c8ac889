"""Push credentials: how an account authenticates to the notification services of Apple and Google."""

from confsync.emulator.parameter_types import Boolean, Choice, SecretString, String
from confsync.emulator.settings import EmulatorSettings
from confsync.emulator.spec import Parameter, Property, ReferencingColumn, ResourceSpec, columns
from confsync.emulator.write_context import Row


def credential(settings: EmulatorSettings) -> ResourceSpec:
    """`/Credentials`. The secrets are write-only; no response shows them, not even masked."""

    def sandbox(row: Row) -> str | None:
        """Return a string for Apple's credentials and null for the others, as Twilio does."""
        if row["type"] == "apn":
            return "True" if row["sandbox"] else "False"
        return "False" if row["type"] == "gcm" and settings.gcm_sandbox == "False" else None

    binding = ReferencingColumn("binding", "credential_sid")
    push_type = Choice(("apn", "gcm", "fcm"), wrong=52003, any_case=True)
    secret = SecretString()
    return ResourceSpec(
        name="credential",
        docs="https://www.twilio.com/docs/conversations-classic/api/credential-resource",
        paths=("/Credentials",),
        operations=("list", "create", "fetch", "update", "delete"),
        sid_prefix="CR",
        list_key="credentials",
        page_maximum=100,
        parameters=(
            Parameter("Type", push_type, "required", "optional", missing=52004),
            Parameter("FriendlyName", String(at_most=64, too_long=50003), "optional", "optional"),
            Parameter("Certificate", secret, "optional", "optional", stored_as="certificate_digest"),
            Parameter("PrivateKey", secret, "optional", "optional", stored_as="private_key_digest"),
            Parameter("Sandbox", Boolean(), "optional", "optional"),
            Parameter("ApiKey", secret, "optional", "optional", stored_as="api_key_digest"),
            Parameter("Secret", secret, "optional", "optional", stored_as="secret_digest"),
        ),
        properties=(
            *columns("sid", "account_sid", "friendly_name", "type"),
            Property("sandbox", sandbox),
            *columns("date_created", "date_updated"),
        ),
        referenced_by=(binding,) if settings.delete_credential_in_use == "reject" else (),
    )
