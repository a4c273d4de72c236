"""The parts that pages are put together from. No query and no figure is made here."""
