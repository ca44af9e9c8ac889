"""Rules of the house that hold in every test, whatever it is about."""
