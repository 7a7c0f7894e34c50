{#-
    The incremental strategy of the classified rows: what an increment yields takes the
    place of the rows of its hours of landing and of its keys, a full build that of all.
    Rows that say what was withdrawn stay. What the table has read then is noted.
-#}
{% macro get_incremental_by_landing_sql(arguments) -%}
    {%- set target = arguments["target_relation"] -%}
    {%- set batch = arguments["temp_relation"] -%}
    {%- set columns = arguments["dest_columns"] | map(attribute="quoted") | join(", ") -%}
    {%- set kind = model.config.meta.row_kind -%}
    {%- set key = offpath.contract_columns(kind, "key") | join(", ") -%}
    {%- set landings = ref("int_landings") -%}
    {%- set as_increment = offpath.reads_after() is not none -%}
    {%- if as_increment -%}
    {#- Noting what was read changes what the macro says. -#}
    create or replace temporary table changed_landing_hours as
    {{ offpath.changed_landing_hours(kind, landings) }};
    {%- set in_changed_hours -%}
        {{ offpath.landed_since_first(kind, landings, "loaded_at") }}
        and (source_model, {{ offpath.landing_hour("loaded_at") }}) in (
            select
                source_model,
                landed_hour

            from changed_landing_hours
        )
    {%- endset %}
    {%- endif %}
    delete from {{ target }}
    {%- if as_increment %}
    where disposition <> 'withdrawn' and {{ in_changed_hours }};
    delete from {{ target }}
    where
        disposition <> 'withdrawn'
        and quarantine_reason is null
        and ({{ key }}) in (
            select {{ key }} from {{ batch }} where quarantine_reason is null
        )
    {%- endif %};
    insert into {{ target }} ({{ columns }})
    select {{ columns }} from {{ batch }};
    {%- if as_increment %}
    delete from {{ offpath.landings_read() }}
    where
        row_kind = '{{ kind }}'
        and (source_model, landed_hour) in (
            select
                source_model,
                landed_hour

            from changed_landing_hours
        );
    {{ offpath.note_landings_read(in_changed_hours) }}
    {%- endif %}
{%- endmacro %}


{#- Notes what this table has read where a condition holds on its rows. -#}
{% macro note_landings_read(condition) -%}
    {%- set kind = model.config.meta.row_kind -%}
    insert into {{ offpath.landings_read() }}
    select
        '{{ kind }}' as row_kind,
        source_model,
        journey,
        {{ offpath.landing_hour("loaded_at") }} as landed_hour,
        count(*) as row_count,
        {{ offpath.landing_digest(kind) }} as landing_digest

    from {{ this }}
    where disposition <> 'withdrawn' and {{ condition }}
    group by source_model, journey, {{ offpath.landing_hour("loaded_at") }}
{%- endmacro %}
