"""Requests that schemathesis generates from Twilio's OpenAPI description, sent to the emulator."""
