"""Where downloads are: what pages link to and the server answers."""

from __future__ import annotations

TABLES_PATH = "/downloads/tables"
REPORTS_PATH = "/downloads/reports"
FOLLOWUPS_PATH = "/downloads/followups"
