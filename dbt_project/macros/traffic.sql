{# True when a user agent names a machine: crawlers and link previews say `bot`, `crawl`, `spider` or `preview`,
   scripts name their library. A missing user agent says nothing, so it is taken for a person, and so is `okhttp`: a
   shop's own app for Android says no more. `CUBOT` is a maker of telephones. #}
{% macro is_bot(user_agent) -%}
    coalesce(
        regexp_matches(
            replace(lower({{ user_agent }}), 'cubot', ''),
            'bot|crawl|spider|slurp|preview|facebookexternalhit|whatsapp/|vkshare|headless|monitor|ia_archiver'
            || '|mediapartners-google|google-inspectiontool|scrapy|curl/|wget/|python-requests|python-urllib|python-httpx'
            || '|aiohttp|axios/|node-fetch|go-http-client|java/|apache-httpclient|libwww-perl'
        ),
        false
    )
{%- endmacro %}

{# What a share counter counts: a post, else the box, order or drop that it names. #}
{% macro counter_key(post_id, box_id, order_id, drop_id) -%}
    coalesce({{ post_id }}, {{ box_id }}, {{ order_id }}, {{ drop_id }}, '')
{%- endmacro %}

{# The box that a scan names, as a key that is never null: scans that name none are a group of their own. #}
{% macro box_or_none(box_id) -%}
    coalesce({{ box_id }}, '')
{%- endmacro %}
