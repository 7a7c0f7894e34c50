{#-
    How many raw rows of a kind (`event`, `case` or `promise`) landed when: a row per
    staging model, journey and hour of landing, with `is_changed` where the hour is not
    what the classified table of the last build holds. An hour whose rows are all gone
    is a row with a `row_count` of 0; before `raw_kept_from`, where rows may go, with
    the count of those that are archived.

    The classified table comes after, and is asked as the last build left it.
-#}
{% macro landings_of(kind) %}
    {%- set has_landed = offpath.has_landed("loaded_at") -%}
    {%- set kept_from = offpath.raw_kept_from() -%}
    {%- set has_read = none -%}
    {%- if execute -%}
        {%- set node = graph.nodes["model.offpath.int_" ~ kind ~ "s_classified"] -%}
        {%- set has_read = adapter.get_relation(node.database, node.schema, node.alias)
        -%}
    {%- endif -%}
    with

    raw_rows as (

        select * from {{ ref("int_raw_" ~ kind ~ "s_unioned") }}

    ),

    landings as (

        select
            source_model,
            journey,
            {{ offpath.landing_hour("loaded_at") }} as landed_hour,
            {{ has_landed }} as is_landed,
            count(*) as row_count,
            {{ offpath.landing_digest(kind) }} as landing_digest

        from raw_rows
        group by
            source_model,
            journey,
            {{ offpath.landing_hour("loaded_at") }},
            {{ has_landed }}

    ),

    compared as (

        select
            *,
            row_count as surplus_count,
            landing_digest as surplus_digest

        from landings
        {% if has_read -%}
        union all
        select
            source_model,
            journey,
            {{ offpath.landing_hour("loaded_at") }} as landed_hour,
            true as is_landed,
            0 as row_count,
            0 as landing_digest,
            -count(*) as surplus_count,
            -{{ offpath.landing_digest(kind) }} as surplus_digest

        from {{ has_read }}
        where disposition <> 'withdrawn'
        group by source_model, journey, {{ offpath.landing_hour("loaded_at") }}
        {%- endif %}

    )

    select
        source_model,
        journey,
        landed_hour,
        is_landed,
        {%- if kept_from %}
        cast(
            case
                when is_landed and landed_hour < {{ kept_from }}
                    then greatest(sum(row_count), sum(row_count - surplus_count))
                else sum(row_count)
            end as bigint
        ) as row_count,
        {%- else %}
        cast(sum(row_count) as bigint) as row_count,
        {%- endif %}
        sum(landing_digest) as landing_digest,
        is_landed
        and (sum(surplus_count) <> 0 or sum(surplus_digest) <> 0)
        {%- if kept_from %}
        -- Before, what is gone is archived: only what is new is read.
        and (landed_hour >= {{ kept_from }} or sum(surplus_count) >= 0)
        {%- endif %}
            as is_changed

    from compared
    group by source_model, journey, landed_hour, is_landed
{% endmacro %}
