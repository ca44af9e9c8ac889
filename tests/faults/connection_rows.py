"""Faults before a request reaches Twilio: confsync knows that nothing happened."""

import httpx

from tests.faults.causes import connection_refused, never_sent, rejected_certificate, unknown_host
from tests.faults.expected import AT_ONCE, FIVE_TIMES, SENT_AGAIN, THREE_TIMES, with_texts
from tests.faults.row import Row, Section

ONCE = "confsync sends the request again after a short pause."
FIVE = "confsync tries five times, with increasing pauses, and then gives up. The request has not reached Twilio."
NETWORK = "Check the network, then run the same command again."

CONNECTION = Section(
    "Before a request reaches Twilio",
    (
        Row(
            name="connection refused once",
            happens="One connection is refused.",
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
            happens="One connection times out before it is established.",
            does=ONCE,
            cause=never_sent(lambda: httpx.ConnectTimeout(""), times=1),
            cells=SENT_AGAIN,
        ),
        Row(
            name="connect timeout",
            happens="Every connection times out before it is established.",
            does=FIVE,
            advice=NETWORK,
            cause=never_sent(lambda: httpx.ConnectTimeout("")),
            cells=with_texts(FIVE_TIMES, "cannot be reached", "ConnectTimeout"),
        ),
        Row(
            name="proxy once",
            happens="On one attempt, the proxy fails to connect to Twilio.",
            does=ONCE,
            cause=never_sent(lambda: httpx.ProxyError("502 Bad Gateway"), times=1),
            cells=SENT_AGAIN,
        ),
        Row(
            name="proxy",
            happens="On every attempt, the proxy fails to connect to Twilio.",
            does=FIVE,
            advice="Check `HTTPS_PROXY`, then run the same command again.",
            cause=never_sent(lambda: httpx.ProxyError("502 Bad Gateway")),
            cells=with_texts(FIVE_TIMES, "cannot be reached", "502 Bad Gateway"),
        ),
        Row(
            name="unknown host once",
            happens="On one attempt, the hostname cannot be resolved.",
            does=ONCE,
            cause=never_sent(unknown_host, times=1),
            cells=SENT_AGAIN,
        ),
        Row(
            name="unknown host",
            happens="On every attempt, the hostname cannot be resolved.",
            does="confsync tries three times, and then gives up. The request has not reached Twilio.",
            advice=(
                "Check the network. Also check the region and the edge in the configuration. Then run the same command "
                "again."
            ),
            cause=never_sent(unknown_host),
            cells=with_texts(THREE_TIMES, "does not exist", "Check the network, region and edge."),
        ),
        Row(
            name="certificate",
            happens="confsync does not trust the certificate of the host.",
            does="confsync gives up immediately. The request has not reached Twilio.",
            advice=(
                "If you use a proxy, set `SSL_CERT_FILE` to a file that contains the CA certificates of the proxy. "
                "Then run the same command again."
            ),
            cause=never_sent(rejected_certificate),
            cells=with_texts(AT_ONCE, "was rejected: self-signed certificate", "SSL_CERT_FILE"),
        ),
    ),
)
