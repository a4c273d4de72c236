{# True when a user agent names a machine: crawlers and link previews say `bot`, `crawl`, `spider` or `preview`,
   scripts name their library. A missing user agent says nothing, so it is taken for a person.
   `CUBOT` is a maker of telephones. #}
{% macro is_bot(user_agent) -%}
    coalesce(
        regexp_matches(
            replace(lower({{ user_agent }}), 'cubot', ''),
            'bot|crawl|spider|slurp|preview|facebookexternalhit|headless|curl/|wget/|python-requests|monitor'
        ),
        false
    )
{%- endmacro %}
