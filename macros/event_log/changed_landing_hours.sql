{#-
    The hour in which a row landed, a timestamp; of rows that do not say when they
    landed, the last hour of all.
-#}
{% macro landing_hour(loaded_at) -%}
    coalesce(date_trunc('hour', {{ loaded_at }}), timestamp '9999-12-31 23:00:00')
{%- endmacro %}


{#- An aggregate that is another for other rows of a kind, or the same at other instants. -#}
{% macro landing_digest(kind) -%}
    {{ offpath.digest_of_rows(offpath.contract_columns(kind, "key") + ["loaded_at"]) }}
{%- endmacro %}


{#-
    The hours of landing of which a kind of classified rows has not read what the
    staging models have by the clock, from the relation of `int_landings`: source_model
    and landed_hour. Rows that turn up late in an hour that was read already are found,
    and rows that are gone.
-#}
{% macro changed_landing_hours(kind, landings) %}
    select distinct
        source_model,
        landed_hour

    from (
        select
            source_model,
            journey,
            landed_hour,
            row_count,
            landing_digest

        from {{ landings }}
        where row_kind = '{{ kind }}' and is_landed
        union all
        select
            source_model,
            journey,
            landed_hour,
            -row_count as row_count,
            -landing_digest as landing_digest

        from {{ offpath.landings_read() }}
        where row_kind = '{{ kind }}'
    ) as compared
    group by source_model, journey, landed_hour
    having sum(row_count) <> 0 or sum(landing_digest) <> 0
{% endmacro %}


{#-
    A condition that holds for every row of the changed hours, in constants, so that a
    source in Parquet, and a table that was written in the order of landing, need not be
    read where nothing changed. `loaded_at` is an SQL expression.
-#}
{% macro landed_since_first(kind, landings, loaded_at) -%}
    {%- if execute -%}
        {%- set found = run_query(
            "select min(landed_hour), max(landed_hour) from ("
            ~ offpath.changed_landing_hours(kind, landings) ~ ") as changed"
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
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
