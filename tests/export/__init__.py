"""Exports of live accounts."""
