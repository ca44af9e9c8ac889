"""Watches that read-only commands write nothing, in every test."""
