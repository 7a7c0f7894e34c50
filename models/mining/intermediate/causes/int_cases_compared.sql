with

outcomes_judged as (

    select * from {{ ref("int_outcomes_judged") }}

),

cases_described as (

    select * from {{ ref("int_cases_described") }}

),

outcomes_numbered as (

    select * from {{ ref("int_outcomes_numbered") }}

),

journey_timezones as (

    select * from {{ ref("int_journey_timezones") }}

),

quartered as (

    select
        *,
        {{ offpath.floor_to_seconds("from_at", 900) }} as quarter_at

    from outcomes_judged

),

quarters as (

    select distinct
        journey,
        quarter_at

    from quartered

),

-- The wall clock is asked once for each quarter of an hour.
local_quarters as (

    select
        quarters.journey,
        quarters.quarter_at,
        {{ offpath.utc_to_local("quarters.quarter_at", "journey_timezones.timezone") }}
            as local_at

    from quarters
    inner join journey_timezones
        on quarters.journey = journey_timezones.journey

),

clocks as (

    select
        journey,
        quarter_at,
        cast(local_at as date) as from_date,
        cast(floor(1 + hour(local_at) / 6.0e0) as integer) as day_quarter

    from local_quarters

),

cases_compared as (

    select
        outcomes_numbered.outcome_number,
        quartered.journey,
        quartered.case_id,
        cases_described.case_number,
        quartered.is_bad,
        quartered.landmark_at,
        clocks.from_date,
        clocks.day_quarter,
        cases_described.value_quarter,
        cases_described.strata_number

    from quartered
    inner join outcomes_numbered
        on
            quartered.journey = outcomes_numbered.journey
            and quartered.outcome = outcomes_numbered.outcome
    inner join clocks
        on
            quartered.journey = clocks.journey
            and quartered.quarter_at = clocks.quarter_at
    inner join cases_described
        on
            quartered.journey = cases_described.journey
            and quartered.case_id = cases_described.case_id

)

select * from cases_compared
