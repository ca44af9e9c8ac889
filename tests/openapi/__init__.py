"""Checks every request and response in the tests against Twilio's own OpenAPI description.

`facts.json` is an extract of `twilio_conversations_v1.json` from https://github.com/twilio/twilio-oai, which Twilio
publishes under the Apache License 2.0. `scripts/openapi-extract` writes it.
"""
