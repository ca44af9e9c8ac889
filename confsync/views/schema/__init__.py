"""JSON Schemas of the configuration, for editors, and of every document."""
