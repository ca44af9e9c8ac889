"""Every number of the retry policy: how often and after which pause confsync tries again, and when it gives up."""

from confsync.twilio.limits import REQUEST_SECONDS

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
