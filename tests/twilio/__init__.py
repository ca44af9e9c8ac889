"""The client, over real sockets: what it sends, how often, and what it makes of what comes back."""
