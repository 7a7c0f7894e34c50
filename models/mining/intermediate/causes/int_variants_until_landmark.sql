with

actors_until_landmark as (

    select * from {{ ref("int_actors_until_landmark") }}

),

outcomes_numbered as (

    select * from {{ ref("int_outcomes_numbered") }}

),

cases_described as (

    select
        journey,
        case_number,
        variant_id

    from {{ ref("int_cases_described") }}

),

-- Events are in the order of their time: what happened until the landmark is the first
-- so many of the variant.
reached as (

    select
        outcome_number,
        case_number,
        min(is_bad) as is_bad,
        min(from_date) as from_date,
        min(strata_number) as strata_number,
        cast(sum(event_count) as bigint) as event_count

    from actors_until_landmark
    group by outcome_number, case_number

),

variants_until_landmark as (

    select
        reached.outcome_number,
        outcomes_numbered.journey,
        cases_described.variant_id,
        reached.event_count,
        reached.from_date,
        reached.strata_number,
        count(*) as case_count,
        sum(reached.is_bad) as bad_count

    from reached
    inner join outcomes_numbered
        on reached.outcome_number = outcomes_numbered.outcome_number
    inner join cases_described
        on
            outcomes_numbered.journey = cases_described.journey
            and reached.case_number = cases_described.case_number
    group by
        reached.outcome_number,
        outcomes_numbered.journey,
        cases_described.variant_id,
        reached.event_count,
        reached.from_date,
        reached.strata_number

)

select * from variants_until_landmark
