"""One file a system: its rows mapped to the canonical feeds."""
