{% set raw_rows = {
    "event": "int_raw_events_unioned",
    "case": "int_raw_cases_unioned",
    "promise": "int_raw_promises_unioned",
} %}
{% set has_landed = offpath.has_landed("loaded_at") %}

with

landings as (

    {% for kind, relation in raw_rows.items() %}
    select
        '{{ kind }}' as row_kind,
        source_model,
        journey,
        {{ offpath.landing_hour("loaded_at") }} as landed_hour,
        {{ has_landed }} as is_landed,
        count(*) as row_count,
        {{ offpath.landing_digest(kind) }} as landing_digest

    from {{ ref(relation) }}
    group by
        source_model,
        journey,
        {{ offpath.landing_hour("loaded_at") }},
        {{ has_landed }}
    {{ "union all" if not loop.last }}
    {% endfor %}

)

select * from landings
