with

outcomes_judged as (

    select * from {{ ref("int_outcomes_judged") }}

),

outcomes as (

    select distinct
        journey,
        outcome

    from outcomes_judged

),

outcomes_numbered as (

    select
        journey,
        outcome,
        row_number() over (order by journey, outcome) as outcome_number

    from outcomes

)

select * from outcomes_numbered
