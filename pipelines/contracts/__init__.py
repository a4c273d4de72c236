"""What a row must look like: one dataframely schema a feed, the drop plan, and the type ParsedFile. No I/O."""
