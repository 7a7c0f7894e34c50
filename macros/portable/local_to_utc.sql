{#-
    The UTC timestamp of a local one in an IANA time zone, both SQL expressions; null if
    either is. A wall time that a change of the clock skips is moved on by what was
    skipped (02:30 becomes 03:30). Of one that comes twice, DuckDB takes the second and
    Spark the first.
-#}
{% macro local_to_utc(local_timestamp, timezone) -%}
    {{ return(adapter.dispatch("local_to_utc", "offpath")(local_timestamp, timezone)) }}
{%- endmacro %}

{% macro default__local_to_utc(local_timestamp, timezone) -%}
    timezone('UTC', timezone({{ timezone }}, {{ local_timestamp }}))
{%- endmacro %}

{% macro spark__local_to_utc(local_timestamp, timezone) -%}
    to_utc_timestamp({{ local_timestamp }}, {{ timezone }})
{%- endmacro %}
