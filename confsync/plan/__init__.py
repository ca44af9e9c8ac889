"""Plain data that the stages pass to each other. Nothing here reads or writes anything."""
