"""What an apply did, as a document, as text and as HTML."""
