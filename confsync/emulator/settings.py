"""Undocumented behaviour of the API: one setting for each, with the reason for its default."""

from typing import Literal

from msgspec import Struct

from confsync.emulator.api_error import CONFLICT, INVALID_VALUE, MISSING_PARAMETER


class EmulatorSettings(Struct, frozen=True):
    """How the emulator behaves where no source documents Twilio's behaviour."""

    delete_role_in_use: Literal["reject", "allow"] = "reject"
    """No code is published. Rejecting (409/20409) makes clients change references first, which works either way."""

    delete_default_service: Literal["reject", "allow"] = "reject"
    """Also unknown. Allowing it leaves the account without a default, and its shortened URLs return 404."""

    service_account_sid: Literal["null", "shown"] = "null"
    """Captured bodies contain null, Twilio's published samples the SID. Null is harder for a client to handle."""

    unknown_parameters: Literal["ignore", "reject"] = "ignore"
    """Code 20001 is only a warning, so ignoring (and logging) is more likely than 400."""

    empty_update: Literal["accept", "reject"] = "accept"
    """Clients that were tested against the live API send updates without parameters. "reject" answers 400/20161."""

    scoped_webhook_update: Literal["complete", "partial"] = "complete"
    """A client that was tested against the live API repeats what the target needs. "partial" keeps what is left out."""

    page_size_over_maximum: Literal["clamp", "reject"] = "clamp"
    """Twilio's SDKs send 50 to every list, even where 5 is the maximum. "reject" answers 400/20007."""

    empty_filters: Literal["empty", "keep", "reject"] = "empty"
    """`Filters=` is the only way to express "no events" in a form, so the emulator takes it to mean that."""

    unknown_filters: Literal["accept", "reject"] = "accept"
    """Twilio's own samples still send obsolete event names, and no error code for these webhooks is published."""

    empty_url: Literal["clear", "reject"] = "clear"
    """Whether "" clears a webhook's URL is unproven. "reject" answers 400/50054."""

    empty_timer: Literal["clear", "reject"] = "clear"
    """Whether "" clears an account's timer is unproven. "reject" treats it as a malformed duration."""

    empty_role_sid: Literal["keep", "reject"] = "keep"
    """An empty SID is known not to clear a default role. Whether it is ignored or rejected (400/50103) is unknown."""

    cleared_template: Literal["absent", "empty", "null"] = "absent"
    """A template or sound cleared with "" reads back as empty; a new service does not return the key at all."""

    duplicate_permissions: Literal["keep", "drop", "reject"] = "keep"
    """Every published body is consistent with "stored as sent"."""

    permission_of_other_type: Literal["reject", "accept"] = "reject"
    """50104 is the likely error for a service permission in a conversation role, and vice versa."""

    gcm_sandbox: Literal["null", "False"] = "null"
    """fcm is known to return null. Only Apple has a sandbox, so gcm is assumed to do the same."""

    durations: Literal["normalised", "as_sent"] = "normalised"
    """Twilio is Java, whose Duration writes P1D as PT24H. Clients must compare durations, not text."""

    role_name_length: int = 256
    """64 is documented, but the live API accepted a name of 256 characters."""

    template_length: int = 1024
    """Code 50058 exists, but the limit is not published."""

    sound_length: int = 256
    """Code 50059 exists, but the limit is not published."""

    address_form: Literal["checked", "any"] = "checked"
    """That Twilio checks an address is published; its exact rules are not. "any" accepts every text."""

    malformed_address: int = INVALID_VALUE
    """An address that is not written as its type requires is rejected with an error code that is not published."""

    address_case: Literal["as_sent", "lower"] = "as_sent"
    """Some of Twilio's products return mailboxes and prefixes of channels in lower case."""

    update_proxy_address: Literal["reject", "accept"] = "reject"
    """A client of the live API was refused (400/50441) even with an unchanged address. `null` still removes it."""

    local_webhooks: Literal["reject", "accept"] = "reject"
    """Twilio has refused `http://localhost:PORT` for the webhooks of accounts and of conversations since 2021."""

    duplicate_address: int = CONFLICT
    """A second configuration of an address is rejected (409) with an error code that is not published."""

    attributes: Literal["as_sent", "reserialised"] = "as_sent"
    """Published bodies keep the client's whitespace. Whether Twilio ever rewrites attributes is unproven."""

    unique_name_length: int = 256
    """Code 50004 exists, but the limit is not published."""

    write_in_closed: Literal["reject", "accept"] = "reject"
    """50377 is published for updates of a closed conversation. Joining and writing are assumed to behave the same."""

    trigger_keywords: Literal["triggers", "filters"] = "triggers"
    """Twilio's samples show the keywords of a trigger under `filters`; a client of the live API reads `triggers`."""

    scoped_method: Literal["POST", "post"] = "POST"
    """A scoped webhook's method reads back as sent. What Twilio returns if none was sent is unknown."""

    scoped_url_length: int = 2048
    """Code 50372 exists, but the limit is not published."""

    most_triggers: int = 100
    """Code 50362 exists, but the limit is not published."""

    unread_before_reading: Literal["null", "all"] = "null"
    """Twilio's SDKs count nothing until a first message was read. What REST returns until then is unknown."""

    delete_credential_in_use: Literal["allow", "reject"] = "allow"
    """No source shows that a binding prevents the deletion of its credential. Afterwards the binding has none."""

    participant_not_named: int = MISSING_PARAMETER
    """Neither identity nor address: rejected with an error code that is not published."""

    participant_named_twice: int = INVALID_VALUE
    """Both identity and address: rejected with an error code that is not published."""

    too_many_participants: int = 50436
    """50417, 50418 and 50436 are participant limits. Which is which is unknown."""

    too_many_addresses: int = 50417
    """See `too_many_participants`."""

    role_of_address: Literal["default", "none"] = "default"
    """Twilio's samples show participants with an address both with and without a role."""

    message_too_long: int = INVALID_VALUE
    """The maximum lengths of body, subject and author are published, but the error code is not."""
