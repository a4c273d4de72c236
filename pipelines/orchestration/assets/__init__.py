"""The four stages of a tick as Dagster assets: load, build, decide, publish."""
