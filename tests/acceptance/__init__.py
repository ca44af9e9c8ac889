"""What was promised to users, tried on an emulated account: YAML in, lines and requests out."""
