"""Tests of how a plan is applied."""
