{#-
    The incremental strategy of the classified rows: what an increment yields takes the
    place of the rows of its hours of landing and of its keys, a full build that of all.
    Rows that say what was withdrawn stay.
-#}
{% macro get_incremental_by_landing_sql(arguments) -%}
    {%- set target = arguments["target_relation"] -%}
    {%- set batch = arguments["temp_relation"] -%}
    {%- set columns = arguments["dest_columns"] | map(attribute="quoted") | join(", ") -%}
    {%- set key = arguments["unique_key"] | join(", ") -%}
    delete from {{ target }}
    {% if offpath.reads_after() is not none -%}
    where
        disposition <> 'withdrawn'
        and (
            (source_model, {{ offpath.landing_hour("loaded_at") }}) in (
                {{ offpath.changed_landing_hours(
                    model.config.meta.row_kind, ref("int_landings")
                ) }}
            )
            or (
                quarantine_reason is null
                and ({{ key }}) in (
                    select {{ key }} from {{ batch }} where quarantine_reason is null
                )
            )
        )
    {%- endif %};
    insert into {{ target }} ({{ columns }})
    select {{ columns }} from {{ batch }}
{%- endmacro %}
