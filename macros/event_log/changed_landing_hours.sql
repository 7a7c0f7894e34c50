{#-
    The hour in which a row landed, a timestamp; of rows that do not say when they
    landed, the last hour of all.
-#}
{% macro landing_hour(loaded_at) -%}
    coalesce(date_trunc('hour', {{ loaded_at }}), timestamp '9999-12-31 23:00:00')
{%- endmacro %}


{#-
    What changes when the rows of one hour of landing do: their number in `row_count`,
    and in `landing_sum` the microseconds from the hour to each landing, so that a row
    that landed anew is seen where another has its place in the count.
-#}
{% macro landing_sums(loaded_at) -%}
    count(*) as row_count,
    cast(
        sum(
            coalesce({{ offpath.microseconds_between(
                "date_trunc('hour', " ~ loaded_at ~ ")", loaded_at
            ) }}, 0)
        ) as bigint
    ) as landing_sum
{%- endmacro %}


{#-
    The hours of landing of which the classified rows `known` are not those that the
    staging models of a kind have by the clock: source_model and landed_hour. Rows that
    turn up late in an hour that was read already are found, and rows that are gone.
-#}
{% macro changed_landing_hours(kind, landings, known) %}
    select
        source_model,
        landed_hour

    from (
        select
            source_model,
            landed_hour,
            row_count,
            landing_sum

        from {{ landings }}
        where row_kind = '{{ kind }}' and is_landed
        union all
        select
            source_model,
            landed_hour,
            -row_count as row_count,
            -landing_sum as landing_sum

        from (
            select
                source_model,
                {{ offpath.landing_hour("loaded_at") }} as landed_hour,
                {{ offpath.landing_sums("loaded_at") }}

            from {{ known }}
            where disposition <> 'withdrawn'
            group by source_model, {{ offpath.landing_hour("loaded_at") }}
        ) as read_before
    ) as compared
    group by source_model, landed_hour
    having sum(row_count) <> 0 or sum(landing_sum) <> 0
{% endmacro %}


{#-
    A condition on `raw_rows` that holds for every row of the changed hours, in
    constants, so that a source in Parquet need not read what landed before.
-#}
{% macro landed_since_first(kind, landings, known) -%}
    {%- if execute -%}
        {%- set found = run_query(
            "select min(landed_hour), max(landed_hour) from ("
            ~ offpath.changed_landing_hours(kind, landings, known) ~ ") as changed"
        ).rows[0] -%}
        {%- if found[0] is none -%}
            1 = 0
        {%- else -%}
            (
                raw_rows.loaded_at >= cast('{{ found[0] }}' as timestamp)
                {%- if found[1].year == 9999 %}
                or raw_rows.loaded_at is null
                {%- endif %}
            )
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
