"""From a plan to Twilio: whose turn it is, a look before each write, the calls, and a look back at all of it."""
