"""What people and programs see. Nothing is decided here."""
