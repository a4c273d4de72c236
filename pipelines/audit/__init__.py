"""A drop's frames to an AuditReport, and that to PDF, XLSX and CSV."""
