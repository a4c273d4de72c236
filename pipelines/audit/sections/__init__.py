"""The pages behind the first, a module a subject: the report's tables in words."""
