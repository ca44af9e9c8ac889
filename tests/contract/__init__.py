"""Our resource types held against what Twilio publishes: its OpenAPI file and its own client."""
