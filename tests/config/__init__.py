"""Configuration: YAML in, lines out."""
