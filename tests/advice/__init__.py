"""Every hint that confsync prints, followed literally. A new hint needs a row here."""
