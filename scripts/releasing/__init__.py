"""Builds a release from a tag, and checks it. `scripts/release` runs it."""
