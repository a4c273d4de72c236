"""Demand model, optimiser, guardrails, decide and replay. NumPy and SciPy only."""
