"""Reading, planning and applying against an emulated account."""
