{% set cuts = offpath.contract_columns("event", "cut")
    | reject("equalto", "actor") | list %}

with

outcomes_judged as (

    select * from {{ ref("int_outcomes_judged") }}

),

cases_described as (

    select * from {{ ref("int_cases_described") }}

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
        {{ offpath.iso_weekday("local_at") }} as weekday,
        case
            when hour(local_at) < 6 then '00-06'
            when hour(local_at) < 12 then '06-12'
            when hour(local_at) < 18 then '12-18'
            else '18-24'
        end as hours_of_start

    from local_quarters

),

cases_compared as (

    select
        quartered.journey,
        quartered.outcome,
        quartered.case_id,
        quartered.is_bad,
        quartered.landmark_at,
        clocks.from_date,
        case clocks.weekday
            when 1 then 'Monday'
            when 2 then 'Tuesday'
            when 3 then 'Wednesday'
            when 4 then 'Thursday'
            when 5 then 'Friday'
            when 6 then 'Saturday'
            else 'Sunday'
        end as weekday_of_start,
        clocks.hours_of_start,
        cases_described.severity,
        {%- for column in cuts %}
        cases_described.{{ column }},
        {%- endfor %}
        cases_described.value_quarter

    from quartered
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
