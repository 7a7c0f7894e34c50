{#-
    The hours of landing of which the staging models of a kind have more rows by the
    clock than the classified rows `known`: source_model and landed_hour (null: rows
    that do not say when they landed). Rows that turn up late in an hour that was read
    already are found as well.
-#}
{% macro changed_landing_hours(kind, landings, known) %}
    select
        landed.source_model,
        landed.landed_hour

    from (
        select
            source_model,
            landed_hour,
            sum(row_count) as row_count

        from {{ landings }}
        where row_kind = '{{ kind }}' and is_landed
        group by source_model, landed_hour
    ) as landed
    left join (
        select
            source_model,
            date_trunc('hour', loaded_at) as landed_hour,
            count(*) as row_count

        from {{ known }}
        group by source_model, date_trunc('hour', loaded_at)
    ) as read_before
        on
            landed.source_model = read_before.source_model
            and landed.landed_hour is not distinct from read_before.landed_hour
    where landed.row_count > coalesce(read_before.row_count, 0)
{% endmacro %}


{#-
    A condition on `raw_rows` that holds for every row of the changed hours, in
    constants, so that a source in Parquet need not read what landed before.
-#}
{% macro landed_since_first(kind, landings, known) -%}
    {%- if execute -%}
        {%- set found = run_query(
            "select min(landed_hour), count(*), count(landed_hour) from ("
            ~ offpath.changed_landing_hours(kind, landings, known) ~ ") as changed"
        ).rows[0] -%}
        {%- if found[1] == 0 -%}
            1 = 0
        {%- elif found[1] > found[2] -%}
            (raw_rows.loaded_at >= cast('{{ found[0] or "9999-12-31" }}' as timestamp)
            or raw_rows.loaded_at is null)
        {%- else -%}
            raw_rows.loaded_at >= cast('{{ found[0] }}' as timestamp)
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
