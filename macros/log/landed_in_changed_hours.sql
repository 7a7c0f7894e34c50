{#-
    A condition: whether a row landed in an hour that changed. The first of
    them stands in it as a constant, so that a source in Parquet, and a table that was
    written in the order of landing, need not be read before it. `source_model` and
    `loaded_at` are SQL expressions.
-#}
{% macro landed_in_changed_hours(kind, source_model, loaded_at) -%}
    {%- set landings = ref("int_" ~ kind ~ "_landings") -%}
    {%- if execute -%}
        {%- set found = run_query(
            "select min(landed_hour), max(landed_hour) from " ~ landings
            ~ " where is_changed"
        ).rows[0] -%}
        {%- if found[0] is none -%}
            1 = 0
        {%- else -%}
            (
                {{ loaded_at }} >= cast('{{ found[0] }}' as timestamp)
                {%- if found[1].year == 9999 %}
                or {{ loaded_at }} is null
                {%- endif %}
            )
            and ({{ source_model }}, {{ offpath.landing_hour(loaded_at) }}) in (
                select
                    source_model,
                    landed_hour

                from {{ landings }}
                where is_changed
            )
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
