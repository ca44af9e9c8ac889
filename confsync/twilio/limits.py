"""Timeouts, and how many requests run at once: every such number. `retry_policy.py` has those of retries."""

CONNECT_SECONDS = 5.0
"""The longest that connecting may take (TCP, then TLS)."""

REQUEST_SECONDS = 20.0
"""The longest that one attempt may take, including the body of the response; `--timeout` changes it."""

NEXT_ADDRESS_SECONDS = 0.25
"""After so long, connecting to one address of a host goes on together with connecting to the next one."""

MONITOR_SECONDS = 5.0
"""The longest that a question to Twilio's Monitor may take: nothing depends on the answer."""

PARALLELISM = 128
"""The most requests that run at once; `--parallelism` changes it."""

FIRST_LIMIT = 48
"""How many requests run at once before the first response."""

SLOW_FACTOR = 4.0
SLOW_SECONDS = 0.25
"""A response is slow if it takes this factor times the fastest one, and so many seconds more."""

MAX_CONNECTIONS = 128

IDLE_SECONDS = 5.0
"""How long an unused connection stays open."""

WRITES_PER_SECOND = 25
"""The most writes that start within any second in one service: Twilio refuses more than 30.

Outside a service, this holds once Twilio has refused a write.
"""

GROUP_SECONDS = 0.005
"""The longest that a finished create waits to get to the disk together with other records."""

STOP_SECONDS = 1.5
"""How long a run that is stopped waits for the writes that it has sent."""
