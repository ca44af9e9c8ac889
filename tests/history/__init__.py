"""Tests of the history of drift runs."""
