{{ config(materialized="view") }}

with

landings as (

    {% for kind in ["event", "case", "promise"] %}
    select
        '{{ kind }}' as row_kind,
        source_model,
        journey,
        landed_hour,
        is_landed,
        row_count

    from {{ ref("int_" ~ kind ~ "_landings") }}
    -- What is gone did not land.
    where row_count > 0
    {{ "union all" if not loop.last }}
    {% endfor %}

)

select * from landings
