"""A push credential: the key with which Twilio sends push notifications to phones."""

from typing import Annotated, Literal

from confsync.annotations import (
    CertificateText,
    Immutable,
    Key,
    Length,
    OnlyIf,
    ReferredToBy,
    SecretText,
    ServerDefault,
    describe,
)
from confsync.resources.base import Resource
from confsync.resources.vocabulary import PUSH_BINDINGS
from confsync.risk_rules import Level, NoRisk, RiskRule, RiskWhen, When

TO_SANDBOX = RiskWhen(
    When.ENABLED,
    Level.HIGH,
    RiskRule.PUSH_SANDBOX,
    "pushes go to Apple's sandbox: devices of its production get none",
)
TO_PRODUCTION = RiskWhen(
    When.DISABLED,
    Level.HIGH,
    RiskRule.PUSH_SANDBOX,
    "pushes go to Apple's production: devices of its sandbox get none",
)

SECOND_CREDENTIAL = RiskWhen(
    When.CHANGED,
    Level.HIGH,
    RiskRule.SUPERSEDED,
    "a second credential is created: devices whose access tokens name the old one still use it",
)
IS_LABEL = NoRisk("people do not see the name, and access tokens refer to a credential by its SID")


class Credential(
    Resource,
    path="Credentials",
    sid_prefix="CR",
    page_size=100,
    recreate_impact="devices whose access tokens name the old credential get no push notifications",
    dependents=(ReferredToBy(PUSH_BINDINGS, sid_at="credential_sid", in_every="service"),),
    permission_probe="first page",
):
    """A certificate or key for Apple's or Google's push service.

    Twilio never returns the secrets of a credential. confsync can create a credential only if you declare the secrets
    of its type: `certificate` and `private_key` for `apn`, `secret` for `fcm`, or `api_key` for `gcm`.
    https://www.twilio.com/docs/conversations-classic/api/credential-resource
    """

    friendly_name: Key[Annotated[str, Length(1, 64), IS_LABEL]] = describe(
        "The credential's name.", examples=["Support desk on iOS"]
    )
    type: Key[Immutable[Annotated[Literal["apn", "fcm", "gcm"], SECOND_CREDENTIAL]]] = describe(
        "The push service that the credential is for.", examples=["apn"]
    )
    certificate: Annotated[CertificateText | None, OnlyIf(type="apn")] = describe(
        "The certificate for Apple's push service, in PEM format.", examples=["${{ env.APN_CERTIFICATE }}"]
    )
    private_key: Annotated[SecretText | None, OnlyIf(type="apn")] = describe(
        "The certificate's private key, in PEM format.", examples=["${{ env.APN_PRIVATE_KEY }}"]
    )
    sandbox: Annotated[bool | None, OnlyIf(type="apn"), ServerDefault("false"), TO_SANDBOX, TO_PRODUCTION] = describe(
        "Whether push notifications go to Apple's sandbox service instead of its production service.", examples=[False]
    )
    api_key: Annotated[SecretText | None, OnlyIf(type="gcm")] = describe(
        "The API key for Google's legacy push service.", examples=["${{ env.GCM_API_KEY }}"]
    )
    secret: Annotated[SecretText | None, OnlyIf(type="fcm")] = describe(
        "The Firebase server key, or the JSON key of a Firebase service account.", examples=["${{ env.FCM_SECRET }}"]
    )
