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
    {%- if execute and offpath.keeps_increments() -%}
        {%- set node = graph.nodes["model.offpath.int_" ~ kind ~ "s_classified"] -%}
        {%- set has_read = adapter.get_relation(node.database, node.schema, node.alias)
        -%}
    {%- endif -%}
    {%- set has_archive = kept_from and has_read -%}
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

    {% if has_archive -%}
    -- Before `raw_kept_from` counts tell nothing: rows are asked for one by one.
    turned_up as (

        select
            raw_rows.source_model,
            raw_rows.journey,
            {{ offpath.landing_hour("raw_rows.loaded_at") }} as landed_hour,
            count(*) as row_count

        from raw_rows
        where
            raw_rows.loaded_at < {{ kept_from }}
            and not exists (
                select 1
                from {{ has_read }} as known
                where
                    known.disposition <> 'withdrawn'
                    and {{ offpath.is_same_delivery(kind, "known", "raw_rows") }}
            )
        group by
            raw_rows.source_model,
            raw_rows.journey,
            {{ offpath.landing_hour("raw_rows.loaded_at") }}

    ),

    {% endif -%}
    compared as (

        select
            *,
            row_count as surplus_count,
            landing_digest as surplus_digest,
            0 as turned_up_count

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
            -{{ offpath.landing_digest(kind) }} as surplus_digest,
            0 as turned_up_count

        from {{ has_read }}
        where disposition <> 'withdrawn'
        group by source_model, journey, {{ offpath.landing_hour("loaded_at") }}
        {% endif -%}
        {% if has_archive -%}
        union all
        select
            source_model,
            journey,
            landed_hour,
            true as is_landed,
            0 as row_count,
            0 as landing_digest,
            0 as surplus_count,
            0 as surplus_digest,
            row_count as turned_up_count

        from turned_up
        {%- endif %}

    )

    {% set is_before = "landed_hour < " ~ kept_from -%}
    select
        source_model,
        journey,
        landed_hour,
        is_landed,
        {%- if has_archive %}
        cast(
            case
                when is_landed and {{ is_before }}
                    then sum(row_count - surplus_count) + sum(turned_up_count)
                else sum(row_count)
            end as bigint
        ) as row_count,
        {%- else %}
        cast(sum(row_count) as bigint) as row_count,
        {%- endif %}
        sum(landing_digest) as landing_digest,
        is_landed
        and (sum(surplus_count) <> 0 or sum(surplus_digest) <> 0)
        {%- if has_archive %}
        and (not {{ is_before }} or sum(turned_up_count) > 0)
        {%- endif %}
            as is_changed

    from compared
    group by source_model, journey, landed_hour, is_landed
{% endmacro %}
