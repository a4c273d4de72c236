from __future__ import annotations

from hypothesis import settings

# Hypothesis fails an example that takes longer than 200 ms: on a busy machine that is the machine's fault.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
