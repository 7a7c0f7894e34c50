{#-
    A UTC timestamp from a text: an ISO 8601 date, or date and time, of the wall clock
    in `timezone` or, where it ends with an offset (`Z`, `UTC`, `+02`, `+0200`,
    `+02:00`), of that offset; null where the text is no such time. `format` is a
    strptime format (DuckDB) or a datetime pattern (Spark) instead; where it has a place
    for an offset (`%z`, `XXX`) the text must have one. An offset that has no place in
    it makes the text unreadable: none is dropped.
-#}
{% macro utc_timestamp(text_expression, timezone="UTC", format=none) -%}
    {%- set text = offpath.trimmed(text_expression) -%}
    {%- if format -%}
        {{ adapter.dispatch("utc_timestamp", "offpath")(text, timezone, format) }}
    {%- else -%}
        {#- What a cast makes of an offset differs from engine to engine. -#}
        {%- set day = "[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}" -%}
        {%- set time = "[0-9]{1,2}:[0-9]{1,2}(:[0-9]{1,2}([.][0-9]+)?)?" -%}
        {%- set offset = "Z|z|UTC|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?" -%}
        {%- set pattern = "^(" ~ day ~ "([T ]" ~ time ~ ")?) ?(" ~ offset ~ ")?$" -%}
        {%- set read = "regexp_extract(" ~ text ~ ", '" ~ pattern ~ "', " -%}
        {%- set wall_clock = "try_cast(" ~ read ~ "1) as timestamp)" -%}
        {%- set named = read ~ "5)" -%}
        case
            when {{ named }} = ''
                then {{ wall_clock if timezone == "UTC"
                    else offpath.local_to_utc(wall_clock, "'" ~ timezone ~ "'") }}
            when {{ named }} in ('Z', 'z', 'UTC') then {{ wall_clock }}
            else {{ offpath.add_seconds(
                wall_clock,
                "(case when " ~ named ~ " like '-%' then 60 else -60 end)"
                ~ " * (60 * try_cast(substring(" ~ named ~ ", 2, 2) as integer)"
                ~ " + try_cast('0' || substring(replace(" ~ named
                ~ ", ':', ''), 4) as integer))",
            ) }}
        end
    {%- endif -%}
{%- endmacro %}

{% macro default__utc_timestamp(text, timezone, format) -%}
    {%- if "%z" in format -%}
        {#- `%z` takes no `Z` for an offset. -#}
        {%- set text = "regexp_replace(" ~ text ~ ", '[Zz]$', '+00')" -%}
        timezone('UTC', try_strptime({{ text }}, '{{ format }}'))
    {%- elif timezone == "UTC" -%}
        try_strptime({{ text }}, '{{ format }}')
    {%- else -%}
        {{ offpath.local_to_utc(
            "try_strptime(" ~ text ~ ", '" ~ format ~ "')", "'" ~ timezone ~ "'"
        ) }}
    {%- endif -%}
{%- endmacro %}

{% macro spark__utc_timestamp(text, timezone, format) -%}
    {%- if "X" in format or "x" in format or "Z" in format -%}
        try_to_timestamp({{ text }}, '{{ format }}')
    {%- else -%}
        to_utc_timestamp(try_to_timestamp({{ text }}, '{{ format }}'), '{{ timezone }}')
    {%- endif -%}
{%- endmacro %}
