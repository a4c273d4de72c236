-- The share of buyers who have not come back after so many hours, pending buyers counted for as long as they have been
-- watched: one less the share is the conversion that a drop may expect before its 30 days have passed for everyone.
{{ kaplan_meier(ref('fct_drop_buyers'), 'watched_hours', 'is_returned', has_changed('scope', 'int_changes__scopes')) }}
