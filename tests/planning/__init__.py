"""Tests of how a plan is made."""
