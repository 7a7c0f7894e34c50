{#-
    The local timestamp of a UTC one in an IANA time zone, both SQL expressions; null if
    either is.
-#}
{% macro utc_to_local(instant, timezone) -%}
    {{ return(adapter.dispatch("utc_to_local", "offpath")(instant, timezone)) }}
{%- endmacro %}

{% macro default__utc_to_local(instant, timezone) -%}
    timezone({{ timezone }}, timezone('UTC', {{ instant }}))
{%- endmacro %}

{% macro spark__utc_to_local(instant, timezone) -%}
    from_utc_timestamp({{ instant }}, {{ timezone }})
{%- endmacro %}
