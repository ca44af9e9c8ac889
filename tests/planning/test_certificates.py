"""A drift names the declared certificates that expire soon, and tells nothing else about them."""

import ssl
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confsync.plan.drift import Drift
from confsync.planning.certificates import expiry_of
from confsync.planning.drift import compare_three_ways
from confsync.secret import Secret
from confsync.views.documents import document_as_json
from confsync.views.drift.document import drift_document
from confsync.views.drift.html import drift_page
from confsync.views.drift.markdown import drift_as_markdown
from confsync.views.drift.text import drift_as_text
from tests.cli.conftest import Confsync, confsync, folder
from tests.harness import Harness
from tests.planning.certificates import GENERALIZED_TIME, UNTIL_2027, UNTIL_2067, certificate, der, pem

__all__ = ["confsync", "folder"]

END = datetime(2027, 11, 9, 13, 17, 58, tzinfo=UTC)
IOS = """
    version: 1
    credentials:
      ios: {type: apn, certificate: "${{ env.CERTIFICATE }}", private_key: "${{ env.PUSH_KEY }}"}
    """


@pytest.mark.parametrize("text", [UNTIL_2027, UNTIL_2067, f"subject=canary\n{UNTIL_2027}{UNTIL_2067}"])
def test_the_date_is_the_one_that_openssl_reads(text: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=text[text.index("-----BEGIN") :])
    dates = {ssl.cert_time_to_seconds(str(each["notAfter"])) for each in context.get_ca_certs()}
    found = expiry_of(Secret(text))
    assert found is not None
    assert found.timestamp() in dates
    assert found.year == (2067 if text == UNTIL_2067 else 2027)  # the first of several


MOMENTS = st.datetimes(datetime(1950, 1, 1), datetime(9999, 12, 31)).map(  # noqa: DTZ001 — in UTC below
    lambda each: each.replace(microsecond=0, tzinfo=UTC)
)


@given(MOMENTS, st.binary(max_size=70_000), st.booleans())
def test_the_date_is_found_in_any_certificate(moment: datetime, issuer: bytes, version: bool) -> None:  # noqa: FBT001
    if moment.year < 2050:
        made = certificate(f"{moment:%y%m%d%H%M%SZ}".encode(), issuer=issuer, version=version)
    else:
        made = certificate(f"{moment:%Y%m%d%H%M%SZ}".encode(), GENERALIZED_TIME, issuer=issuer, version=version)
    assert expiry_of(Secret(pem(made))) == moment


@given(st.integers(0, len(certificate(b"270101000000Z")) - 1))
def test_a_part_of_a_certificate_has_no_date(size: int) -> None:
    assert expiry_of(Secret(pem(certificate(b"270101000000Z")[:size]))) is None


@given(st.integers(0, 160), st.integers(0, 255))
def test_a_changed_byte_raises_nothing(place: int, byte: int) -> None:
    made = bytearray(certificate(b"270101000000Z"))
    made[place % len(made)] = byte
    expiry_of(Secret(pem(bytes(made))))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-----BEGIN CERTIFICATE-----\ncanary\n-----END CERTIFICATE-----",
        UNTIL_2027.replace("CERTIFICATE", "PRIVATE KEY"),
        UNTIL_2027[:-30],
        pem(certificate(b"270101000000Z") + b"\x00"),
        pem(certificate(b"2701010000Z")),
        pem(certificate(b"270101000000+0100")),
        pem(certificate(b"279901000000Z")),
        pem(certificate(b"270101000000Z").replace(der(0x06, b"*"), b"\x06\x81\x01*")),
    ],
)
def test_anything_else_has_no_date(text: str) -> None:
    assert expiry_of(Secret(text)) is None


def test_a_long_text_without_an_end_is_searched_once() -> None:
    started = time.process_time()
    assert expiry_of(Secret("-----BEGIN CERTIFICATE-----" + "\n" * 64_000)) is None
    assert time.process_time() - started < 1


def drift(harness: Harness, at: datetime, text: str = UNTIL_2027) -> Drift:
    harness.environ["CERTIFICATE"] = text
    return compare_three_ways(harness.plan(IOS), at)


@pytest.mark.parametrize(
    ("before", "days"),
    [
        (timedelta(days=31), None),
        (timedelta(days=30, seconds=1), None),
        (timedelta(days=30), 30),
        (timedelta(days=1), 1),
        (timedelta(seconds=1), 0),
        (timedelta(seconds=-1), -1),
        (timedelta(days=-400), -400),
    ],
)
def test_a_certificate_is_named_within_thirty_days_and_afterwards(
    before: timedelta, days: int | None, harness: Harness
) -> None:
    found = drift(harness, END - before)
    assert [each.days for each in found.expiring] == ([] if days is None else [days])
    assert found.counts["expiring"] == len(found.expiring)
    assert found.unchecked_certificates == ()


def test_every_format_names_the_date_and_nothing_else_of_the_certificate(harness: Harness) -> None:
    for at, said in ((END - timedelta(days=12), "expires on 2027-11-09, in 12 days"), (END, "expires on 2027-11-09")):
        found = drift(harness, at)
        document = drift_document(found, 0, created_at=at)
        texts = (drift_as_text(document), drift_as_markdown(document), drift_page(document))
        for text in texts:
            assert said in text.replace("`", "").replace("\\-", "-")
        for text in (*texts, document_as_json(document)):
            assert "canary 345" not in text
            assert not [line for line in UNTIL_2027.splitlines()[1:-1] if line in text]
    (part,) = document.expiring
    assert (part.expires_at, part.days, part.path) == ("2027-11-09T13:17:58Z", 0, "certificate")


def test_a_certificate_without_a_date_here_is_not_checked(harness: Harness) -> None:
    for value, reason in (("canary", "its value is not a certificate in PEM"), (None, "CERTIFICATE is not available")):
        found = drift(harness, END, value or "")
        if value is None:
            del harness.environ["CERTIFICATE"]
            found = compare_three_ways(harness.plan(IOS), END)
        (unchecked,) = found.unchecked_certificates
        assert (str(unchecked.address), unchecked.path) == ("credentials/ios", "certificate")
        assert unchecked.reason.startswith(reason)
        document = drift_document(found, 0, created_at=END)
        for text in (drift_as_text(document), drift_as_markdown(document), drift_page(document)):
            assert "Expiry date not checked" in text


def test_an_expiring_certificate_affects_the_exit_code_only_if_asked(folder: Path, confsync: Confsync) -> None:
    (folder / "confsync.yaml").write_text(
        "version: 1\ncredentials: {ios: {type: apn, certificate: '${{ file.ios.pem }}', "
        "private_key: '${{ file.ios.pem }}'}}\n",
        "utf-8",
    )
    (folder / "ios.pem").write_text(pem(certificate(b"210101000000Z")), "utf-8")
    assert confsync("apply", "--auto-approve", "--emulator").code == 0
    drifted = confsync("drift", "--emulator")
    assert drifted.code == 0
    assert "credentials/ios#certificate: expired on 2021-01-01" in drifted.out
    assert drifted.out.endswith("No changes. Twilio matches the configuration.\n")
    for format_, last in (("text", "Drift: 1 expiring.\n"), ("markdown", "**Drift: 1 expiring.**")):
        asked = confsync("drift", "--emulator", "--fail-on", "expiring", "--format", format_)
        assert asked.code == 2
        assert last in asked.out
        assert "No changes" not in asked.out
