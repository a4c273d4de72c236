"""Bytes to ParsedFile: batches of accepted and rejected rows."""
