"""Tests of the starter folder."""
