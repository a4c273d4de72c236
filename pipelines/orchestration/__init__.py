"""The only room that knows Dagster: thin assets, the hourly job, its schedule, resources and the rehearsal."""
