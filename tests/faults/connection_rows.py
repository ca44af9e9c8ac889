"""Faults before a request reaches Twilio: confsync knows that nothing happened."""

import httpx

from tests.faults.causes import connection_refused, never_sent, rejected_certificate, unknown_host
from tests.faults.expected import AT_ONCE, FIVE_TIMES, SENT_AGAIN, THREE_TIMES, with_texts
from tests.faults.row import Row, Section

ONCE = "confsync sends the request again after a short pause."
FIVE = "confsync gives up after five attempts. The request has not reached Twilio."
NETWORK = "Check the network. Then run the same command again."

CONNECTION = Section(
    "Before a request reaches Twilio",
    (
        Row(
            name="connection refused once",
            happens="A connection is refused once.",
            does=ONCE,
            cause=never_sent(connection_refused, times=1),
            cells=SENT_AGAIN,
        ),
        Row(
            name="connection refused",
            happens="Every connection is refused.",
            does=FIVE,
            advice=NETWORK,
            cause=never_sent(connection_refused),
            cells=with_texts(FIVE_TIMES, "cannot be reached", "All connection attempts failed (5 attempts)"),
        ),
        Row(
            name="connect timeout once",
            happens="A connection attempt times out once.",
            does=ONCE,
            cause=never_sent(lambda: httpx.ConnectTimeout(""), times=1),
            cells=SENT_AGAIN,
        ),
        Row(
            name="connect timeout",
            happens="Every connection attempt times out.",
            does=FIVE,
            advice=NETWORK,
            cause=never_sent(lambda: httpx.ConnectTimeout("")),
            cells=with_texts(FIVE_TIMES, "cannot be reached", "ConnectTimeout"),
        ),
        Row(
            name="proxy once",
            happens="The proxy fails to connect to Twilio once.",
            does=ONCE,
            cause=never_sent(lambda: httpx.ProxyError("502 Bad Gateway"), times=1),
            cells=SENT_AGAIN,
        ),
        Row(
            name="proxy",
            happens="The proxy fails to connect to Twilio on every attempt.",
            does=FIVE,
            advice="Check `HTTPS_PROXY`. Then run the same command again.",
            cause=never_sent(lambda: httpx.ProxyError("502 Bad Gateway")),
            cells=with_texts(FIVE_TIMES, "cannot be reached", "502 Bad Gateway"),
        ),
        Row(
            name="unknown host once",
            happens="The hostname fails to resolve once.",
            does=ONCE,
            cause=never_sent(unknown_host, times=1),
            cells=SENT_AGAIN,
        ),
        Row(
            name="unknown host",
            happens="The hostname fails to resolve on every attempt.",
            does="confsync gives up after three attempts. The request has not reached Twilio.",
            advice=("Check the network, the region and the edge. Then run the same command again."),
            cause=never_sent(unknown_host),
            cells=with_texts(THREE_TIMES, "does not exist", "Check the network, region and edge."),
        ),
        Row(
            name="certificate",
            happens="confsync does not trust the certificate of the host.",
            does="confsync gives up immediately. The request has not reached Twilio.",
            advice=(
                "If you use a proxy, put its CA certificates in a file, and set `SSL_CERT_FILE` to that file. Then "
                "run the same command again."
            ),
            cause=never_sent(rejected_certificate),
            cells=with_texts(AT_ONCE, "was rejected: self-signed certificate", "SSL_CERT_FILE"),
        ),
    ),
)
