"""One file a format: bytes to batches of text columns by name."""
