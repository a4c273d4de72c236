"""Who may see what: the table of roles, who the viewer is, and the guard before every function that gives data."""
