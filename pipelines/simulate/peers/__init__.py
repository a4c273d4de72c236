"""Pricing policies that the engine is measured against, one a file. The only place that may import the dev extras."""
