"""Tests of text, comments, pages and JSON documents."""
