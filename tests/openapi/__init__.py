"""Twilio's own description of the API, as a judge of every request and every answer in the tests."""
