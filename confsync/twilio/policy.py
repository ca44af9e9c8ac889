"""Every number of the policy for requests: how long, how often and how fast confsync tries, and when it gives up."""

CONNECT_SECONDS = 5.0
"""The longest that connecting may take (TCP, then TLS)."""

REQUEST_SECONDS = 20.0
"""The longest that one attempt may take, including the body of the response; `--timeout` changes it."""

NEXT_ADDRESS_SECONDS = 0.25
"""After so long, connecting to one address of a host goes on together with connecting to the next one."""

MONITOR_SECONDS = 5.0
"""The longest that a question to Twilio's Monitor may take: nothing depends on the answer."""

MAX_ATTEMPTS = 5
MAX_HOST_LOOKUPS = 3
"""After this many attempts, a host that cannot be resolved is taken not to exist."""

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 8.0
"""The longest pauses after the first and after any attempt; the actual pause is a random part of it."""

LONGEST_RETRY_AFTER = 60.0
"""Seconds that a run waits when Twilio's `Retry-After` asks for it; a longer wait ends the request."""

LONGEST_SEND_SECONDS = MAX_ATTEMPTS * REQUEST_SECONDS + (MAX_ATTEMPTS - 1) * LONGEST_RETRY_AFTER
"""The longest time from the first attempt of a request to the end of the last one."""

RETRIES_PER_RUN = 100.0
RETRIES_EARNED_BY_SUCCESS = 0.2

MAX_SENDS = 2
"""How often one run sends a write whose outcome was unknown: a second time only if the first one had no effect."""

LOOKS = (0.0, 2.0, 5.0, 10.0)
"""Seconds after a write at which confsync reads what it wrote, until that is as expected.

Twilio may carry out a request late, and a read may lag behind a write.
"""

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
