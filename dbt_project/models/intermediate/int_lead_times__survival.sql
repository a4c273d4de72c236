-- The share of shipments not yet at the door after so many hours. A shipment that waits or has ended counts as awaited
-- up to the hour until which it was watched. Only doors within the radius.
{%- set condition = 'is_in_headline and ' ~ has_changed('scope', 'int_changes__scopes') %}
{{ kaplan_meier(ref('fct_parcel_lead_times'), 'watched_hours', "state = 'delivered'", condition) }}
