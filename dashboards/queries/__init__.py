"""Reading the published snapshot for pages: a module a subject, every query through `connection.run`."""
