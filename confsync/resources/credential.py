"""A push credential: the key with which Twilio sends notifications to phones."""

from typing import Annotated, Literal

from pydantic import Field

from confsync.annotations import Immutable, Key, Level, OnlyIf, RiskWhen, SecretText, ServerDefault, When
from confsync.model import ReferredToBy, Resource
from confsync.resources.vocabulary import PUSH_BINDINGS

CARRIES = "access tokens that name the old one send no more pushes"
TO_SANDBOX = RiskWhen(
    When.ENABLED,
    Level.HIGH,
    "push-sandbox",
    "pushes go to Apple's sandbox: devices of its production get none",
)
TO_PRODUCTION = RiskWhen(
    When.DISABLED,
    Level.HIGH,
    "push-sandbox",
    "pushes go to Apple's production: devices of its sandbox get none",
)


class Credential(
    Resource,
    path="Credentials",
    sid_prefix="CR",
    page_size=100,
    recreate_impact=CARRIES,
    permission_probe="first page",
    dependents=(ReferredToBy(PUSH_BINDINGS, sid_at="credential_sid", in_every="service"),),
):
    """A certificate or key of Apple's or Google's push service.

    Secrets are sent and never told back. https://www.twilio.com/docs/conversations-classic/api/credential-resource
    """

    friendly_name: Key[Annotated[str, Field(min_length=1, max_length=64)]] = Field(
        description="The credential's name.", examples=["Support desk on iOS"]
    )
    type: Key[Immutable[Literal["apn", "fcm", "gcm"]]] = Field(
        description="Whose push service it is for.", examples=["apn"]
    )
    certificate: Annotated[SecretText | None, OnlyIf(type="apn")] = Field(
        None, description="Apple's certificate, PEM.", examples=["${{ env.APN_CERTIFICATE }}"]
    )
    private_key: Annotated[SecretText | None, OnlyIf(type="apn")] = Field(
        None, description="Its private key, PEM.", examples=["${{ env.APN_PRIVATE_KEY }}"]
    )
    sandbox: Annotated[bool | None, OnlyIf(type="apn"), ServerDefault("false"), TO_SANDBOX, TO_PRODUCTION] = Field(
        None, description="Whether pushes go to Apple's sandbox; Twilio answers it as a text.", examples=[False]
    )
    api_key: Annotated[SecretText | None, OnlyIf(type="gcm")] = Field(
        None, description="Google's legacy API key.", examples=["${{ env.GCM_API_KEY }}"]
    )
    secret: Annotated[SecretText | None, OnlyIf(type="fcm")] = Field(
        None, description="Firebase's server key or service-account JSON.", examples=["${{ env.FCM_SECRET }}"]
    )
