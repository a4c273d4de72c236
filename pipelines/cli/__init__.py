"""The `sprint` command: a file a group, each subcommand a few lines over the rooms below."""
