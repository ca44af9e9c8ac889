"""A stateful stand-in for Twilio Conversations (classic), on this machine and without an account.

It is a second opinion: nothing here reads confsync's own resource declarations. What Twilio offers stands in
`tables/`, one file per group of the API; a small engine reads those tables, and SQLite remembers.
"""
