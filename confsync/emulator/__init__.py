"""A stateful emulator of Twilio Conversations (classic), which runs locally and needs no account.

It is an independent implementation and reads none of confsync's resource declarations. `tables/` describes the API in
one file per resource; a small engine executes those descriptions against SQLite.
"""
