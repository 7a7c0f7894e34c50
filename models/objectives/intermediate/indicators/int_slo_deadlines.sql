{{ config(materialized="view") }}

with

slo_clocks as (

    select * from {{ ref("int_slo_clocks") }}

),

moved as (

    select * from {{ ref("int_slo_deadlines_moved") }}

),

slo_deadlines as (

    select
        slo_clocks.slo_id,
        slo_clocks.indicator,
        slo_clocks.to_event,
        slo_clocks.maturity_days,
        slo_clocks.defined_at,
        slo_clocks.when_ended,
        slo_clocks.journey,
        slo_clocks.case_id,
        slo_clocks.severity,
        slo_clocks.first_good_ended_at,
        slo_clocks.ended_at,
        slo_clocks.is_excluded,
        slo_clocks.needs_promise,
        slo_clocks.needs_deadline,
        slo_clocks.from_at,
        slo_clocks.from_number,
        {% for column in ["promised_at", "minutes_to_deadline", "deadline_at"] %}
        case
            when moved.slo_id is not null then moved.{{ column }}
            else slo_clocks.{{ column }}
        end as {{ column }},
        {% endfor %}
        coalesce(moved.is_paused, false) as is_paused

    from slo_clocks
    left join moved
        on
            slo_clocks.slo_id = moved.slo_id
            and slo_clocks.journey = moved.journey
            and slo_clocks.case_id = moved.case_id

),

explained as (

    select
        *,
        case
            when promised_at is not null or is_paused then null
            when needs_promise then 'no promise'
            when
                minutes_to_deadline is null
                and (needs_deadline or indicator = 'latency')
                then 'no threshold for its severity'
        end as no_deadline_reason

    from slo_deadlines

)

select * from explained
