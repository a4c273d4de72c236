"""Flash-Sprints: the analytics warehouse and hourly pricing pipeline of a shop that sells in 72-hour drops."""
