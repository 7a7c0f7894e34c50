with

sli_cases as (

    select * from {{ ref("fct_sli_cases") }}

),

slow_thresholds as (

    select * from {{ ref("int_slow_thresholds") }}

),

-- All that can be judged, without judging it.
outcomes as (

    select distinct
        journey,
        slo_id as outcome

    from sli_cases
    union all
    select
        journey,
        '[slow]' as outcome

    from slow_thresholds

),

outcomes_numbered as (

    select
        journey,
        outcome,
        row_number() over (order by journey, outcome) as outcome_number

    from outcomes

)

select * from outcomes_numbered
