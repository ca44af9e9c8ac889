"""Which files a configuration consists of, and which of them may be read."""
