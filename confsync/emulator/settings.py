"""What nobody outside Twilio knows about the API, each as a switch with the reason for its default."""

from dataclasses import dataclass
from typing import Literal

from confsync.emulator.refusal import CONFLICT, INVALID_VALUE, MISSING_PARAMETER


@dataclass(frozen=True, slots=True)
class Settings:
    """The emulator's answers where no source says what Twilio does. The tables are made from these."""

    delete_role_in_use: Literal["reject", "allow"] = "reject"
    """No code is published. Rejecting (409/20409) makes clients re-point first, which is right in both worlds."""

    delete_default_service: Literal["reject", "allow"] = "reject"
    """Unknown, too. Allowing leaves the account without a default, and its shortened URLs answer 404."""

    service_account_sid: Literal["null", "shown"] = "null"
    """Captured bodies hold null, Twilio's published samples the SID. Null is the harder one for a client."""

    unknown_parameters: Literal["ignore", "reject"] = "ignore"
    """Code 20001 has the level of a warning, so ignoring (and logging) is likelier than 400."""

    page_size_over_maximum: Literal["reject", "clamp"] = "reject"
    """Code 20007 "Page size too large" exists; some of Twilio's other APIs clamp."""

    empty_filters: Literal["empty", "keep", "reject"] = "empty"
    """`Filters=` is the only way a form can say "no events", so it is taken to mean that."""

    unknown_filters: Literal["accept", "reject"] = "accept"
    """Twilio's own samples still send obsolete event names, and no code for these webhooks is published."""

    empty_url: Literal["clear", "reject"] = "clear"
    """Whether "" removes a webhook's URL is unproven; with "reject" the answer is 400/50054."""

    empty_timer: Literal["clear", "reject"] = "clear"
    """Whether "" removes an account's timer is unproven; with "reject" it is a malformed duration."""

    empty_role_sid: Literal["keep", "reject"] = "keep"
    """"" is known not to clear a default role; whether it is skipped or refused (400/50103) is not."""

    cleared_template: Literal["absent", "empty", "null"] = "absent"
    """A template or sound cleared with "" reads back as empty; a fresh service shows no such key at all."""

    duplicate_permissions: Literal["keep", "drop", "reject"] = "keep"
    """Every published body fits "stored as sent"."""

    permission_of_other_type: Literal["reject", "accept"] = "reject"
    """50104 is the likely answer to a service permission in a conversation role, and the reverse."""

    gcm_sandbox: Literal["null", "False"] = "null"
    """fcm is known to read null; a sandbox is a thing of Apple's, so gcm is taken to be alike."""

    durations: Literal["normalised", "as_sent"] = "normalised"
    """Twilio is Java, whose Duration writes P1D as PT24H. Clients must compare durations, not text."""

    role_name_length: int = 256
    """64 is documented, but a name of 256 was created against the live API."""

    template_length: int = 1024
    """Code 50058 exists, its number is not published."""

    sound_length: int = 256
    """Code 50059 exists, its number is not published."""

    duplicate_address: int = CONFLICT
    """A second configuration of an address is refused (409), under a number that is not published."""

    attributes: Literal["as_sent", "reserialised"] = "as_sent"
    """Published bodies show attributes with the client's own spaces; that none are ever rewritten is unproven."""

    unique_name_length: int = 256
    """Code 50004 exists, its number is not published."""

    write_in_closed: Literal["reject", "accept"] = "reject"
    """50377 is published for updates of a closed conversation; joining it and writing in it are taken to be alike."""

    trigger_keywords: Literal["triggers", "filters"] = "triggers"
    """Twilio's samples show the keywords of a trigger under `filters`; a client of the live API reads `triggers`."""

    scoped_method: Literal["POST", "post"] = "POST"
    """A scoped webhook's method reads back as it was sent; what is shown when none was sent is not recorded."""

    scoped_url_length: int = 2048
    """Code 50372 exists, its number is not published."""

    most_triggers: int = 100
    """Code 50362 exists, its number is not published."""

    unread_before_reading: Literal["null", "all"] = "null"
    """Twilio's SDKs count nothing until a first message was read; what REST shows then is not recorded."""

    delete_credential_in_use: Literal["allow", "reject"] = "allow"
    """No source shows that a binding keeps its credential from being deleted; the binding then names none."""

    participant_not_named: int = MISSING_PARAMETER
    """Neither identity nor address: refused, under a number that is not published."""

    participant_named_twice: int = INVALID_VALUE
    """Identity and address at once: refused, under a number that is not published."""

    too_many_participants: int = 50436
    """50417, 50418 and 50436 are limits of participants; which is which is not recorded."""

    too_many_addresses: int = 50417
    """As above."""

    role_of_address: Literal["default", "none"] = "default"
    """Twilio's samples show participants by address with a role, and one without."""

    message_too_long: int = INVALID_VALUE
    """The lengths of body, subject and author are published, the number of the refusal is not."""
