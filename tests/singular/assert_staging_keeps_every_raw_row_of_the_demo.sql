{{ config(enabled=(project_name == "offpath")) }}

{% set sources = {
    "raw_shop_order_log": "stg_shop__order_events",
    "raw_shop_orders": "stg_shop__orders",
    "raw_desk_ticket_audit": "stg_desk__ticket_events",
    "raw_desk_tickets": "stg_desk__tickets",
} %}

with

counts as (

    {% for seed, model in sources.items() %}
    select
        '{{ model }}' as model,
        (select count(*) from {{ ref(seed) }}) as raw_count,
        (select count(*) from {{ ref(model) }}) as staged_count
    {{ "union all" if not loop.last }}
    {% endfor %}

)

select
    model,
    raw_count,
    staged_count

from counts
where raw_count <> staged_count
