"""What ops ask and do: status now; control, backup, alerts and retention have rooms here."""
