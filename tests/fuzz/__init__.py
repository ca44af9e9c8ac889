"""Requests that schemathesis makes up from Twilio's OpenAPI file, sent to the emulator over the network."""
