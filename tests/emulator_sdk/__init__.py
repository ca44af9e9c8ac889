"""Every operation of the API, driven over the network by the client that Twilio itself publishes."""
