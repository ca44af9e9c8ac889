"""What the repository promises beside its code: examples, scripts, documents, packaging."""
