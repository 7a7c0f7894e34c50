{#-
    A UTC timestamp from the text of a wall clock in `timezone`; null where the text
    is no such time. `format` is a strptime format (DuckDB) or a datetime pattern
    (Spark); without one, ISO 8601. An offset in the text is not read: the rest of it is
    taken for the wall clock of `timezone`.
-#}
{% macro utc_timestamp(text_expression, timezone="UTC", format=none) -%}
    {{ return(adapter.dispatch("utc_timestamp", "offpath")(
        text_expression, timezone, format
    )) }}
{%- endmacro %}

{% macro default__utc_timestamp(text_expression, timezone, format) -%}
    {%- set text = offpath.trimmed(text_expression) -%}
    {%- if format -%}
        {%- set wall_clock = "try_strptime(" ~ text ~ ", '" ~ format ~ "')" -%}
    {%- else -%}
        {%- set wall_clock = "try_cast(" ~ text ~ " as timestamp)" -%}
    {%- endif -%}
    {%- if timezone == "UTC" -%}
        {{ wall_clock }}
    {%- else -%}
        {{ offpath.local_to_utc(wall_clock, "'" ~ timezone ~ "'") }}
    {%- endif -%}
{%- endmacro %}

{% macro spark__utc_timestamp(text_expression, timezone, format) -%}
    {%- set text = offpath.trimmed(text_expression) -%}
    {%- if format -%}
        to_utc_timestamp(try_to_timestamp({{ text }}, '{{ format }}'), '{{ timezone }}')
    {%- else -%}
        to_utc_timestamp(try_cast({{ text }} as timestamp), '{{ timezone }}')
    {%- endif -%}
{%- endmacro %}
