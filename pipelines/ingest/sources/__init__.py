"""One file a system: its payloads mapped to the rows of our feeds. `systems.py` lists them; what all share is apart."""
