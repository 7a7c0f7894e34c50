{#-
    The incremental strategy of the classified rows: what an increment yields takes the
    place of the rows of the hours that changed and of the rows of the same keys, a full
    build that of all. Rows that say what was withdrawn stay.
-#}
{% macro get_incremental_by_landing_sql(arguments) -%}
    {%- set target, batch = arguments["target_relation"], arguments["temp_relation"] -%}
    {%- set columns = (
        arguments["dest_columns"] | map(attribute="quoted") | join(", ")
    ) -%}
    {%- set kind = model.config.meta.row_kind -%}
    {%- set key = offpath.contract_columns(kind, "key") | join(", ") -%}
    delete from {{ target }}
    {%- if offpath.this_plan("reads_after") is not none %}
    where
        disposition <> 'withdrawn'
        and {{ offpath.landed_in_changed_hours(kind, "source_model", "loaded_at") }};
    delete from {{ target }}
    where
        disposition <> 'withdrawn'
        and quarantine_reason is null
        and ({{ key }}) in (
            select {{ key }} from {{ batch }}
            where quarantine_reason is null
        )
    {%- endif %};
    insert into {{ target }} ({{ columns }})
    select {{ columns }} from {{ batch }}
{%- endmacro %}
