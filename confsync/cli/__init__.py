"""The command line: one file for each command, which calls the library and returns a result.

Every command imports what it needs when it runs, so that `--help` and `version` import click and nothing else.
"""
