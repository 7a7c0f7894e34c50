-- What the classified tables have read is what they hold: they come after this one, and
-- are asked as the last build left them.
{% set classified = {
    "event": "int_events_classified",
    "case": "int_cases_classified",
    "promise": "int_promises_classified",
} %}
{% set has_read = {} %}
{% for kind, name in classified.items() if execute %}
{% set node = graph.nodes["model.offpath." ~ name] %}
{% set relation = adapter.get_relation(node.database, node.schema, node.alias) %}
{% if relation %}{% do has_read.update({kind: relation}) %}{% endif %}
{% endfor %}

with

landings as (

    select * from {{ ref("int_landings") }}
    where is_landed

),

compared as (

    select
        row_kind,
        source_model,
        journey,
        landed_hour,
        row_count,
        landing_digest

    from landings
    {% for kind, relation in has_read.items() %}
    union all
    select
        '{{ kind }}' as row_kind,
        source_model,
        journey,
        {{ offpath.landing_hour("loaded_at") }} as landed_hour,
        -count(*) as row_count,
        -{{ offpath.landing_digest(kind) }} as landing_digest

    from {{ relation }}
    where disposition <> 'withdrawn'
    group by source_model, journey, {{ offpath.landing_hour("loaded_at") }}
    {% endfor %}

),

changed as (

    select
        row_kind,
        source_model,
        landed_hour

    from compared
    group by row_kind, source_model, journey, landed_hour
    having sum(row_count) <> 0 or sum(landing_digest) <> 0

),

landings_changed as (

    select distinct
        row_kind,
        source_model,
        landed_hour

    from changed

)

select * from landings_changed
