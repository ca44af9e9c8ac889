"""The schema of the configuration in a real editor: its language server, installed by `scripts/install editor`."""
