{#-
    The incremental strategy of the classified rows: what an increment yields takes the
    place of the rows of its hours of landing and of its keys.
-#}
{% macro get_incremental_by_landing_sql(arguments) -%}
    {%- set target = arguments["target_relation"] -%}
    {%- set batch = arguments["temp_relation"] -%}
    {%- set columns = arguments["dest_columns"] | map(attribute="quoted") | join(", ") -%}
    {%- set key = arguments["unique_key"] | join(", ") -%}
    {%- set kind = model.name.split("_")[1][:-1] -%}
    delete from {{ target }}
    where
        (source_model, coalesce(date_trunc('hour', loaded_at), timestamp '9999-12-31'))
        in (
            select
                source_model,
                coalesce(landed_hour, timestamp '9999-12-31')

            from (
                {{ offpath.changed_landing_hours(kind, ref("int_landings"), target) }}
            ) as changed
        )
        or (
            quarantine_reason is null
            and ({{ key }}) in (
                select {{ key }} from {{ batch }} where quarantine_reason is null
            )
        );
    insert into {{ target }} ({{ columns }})
    select {{ columns }} from {{ batch }}
{%- endmacro %}
