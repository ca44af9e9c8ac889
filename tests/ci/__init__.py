"""The files for CI systems and for schedules: linted by the tools of each, and run step by step on the emulator."""
