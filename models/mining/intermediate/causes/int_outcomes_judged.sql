{{ config(materialized="view") }}

with

slos as (

    select * from {{ ref("slos") }}

),

slo_steps as (

    select * from {{ ref("slo_steps") }}

),

sli_cases as (

    select * from {{ ref("fct_sli_cases") }}
    where verdict in ('good', 'bad') and not is_provisional

),

slo_clocks as (

    select * from {{ ref("int_slo_clocks") }}
    where deadline_at is not null

),

cases as (

    select * from {{ ref("fct_cases") }}
    where not is_excluded

),

case_endings as (

    select * from {{ ref("int_case_endings") }}

),

slow_thresholds as (

    select * from {{ ref("int_slow_thresholds") }}

),

journeys as (

    select * from {{ ref("journeys") }}

),

calendar_hours as (

    select * from {{ ref("int_calendar_hours") }}

),

calendar_open_hours as (

    select * from {{ ref("int_calendar_open_hours") }}

),

-- Where rework is what makes a case bad, or a step of it.
against_rework as (

    select
        slo_id,
        coalesce(maturity_days, 0) as maturity_days

    from slos
    where indicator = 'first_time_right'
    union all
    select
        slo_steps.slo_id,
        coalesce(slos.maturity_days, 0) as maturity_days

    from slo_steps
    inner join slos
        on slo_steps.step_slo_id = slos.slo_id
    where slos.indicator = 'first_time_right'

),

maturities as (

    select
        slo_id,
        max(maturity_days) as maturity_days

    from against_rework
    group by slo_id

),

-- A bad case stands at once and a good one when it has matured, so that of the last
-- days the bad alone are known: they wait for the good.
of_slos as (

    select
        sli_cases.journey,
        sli_cases.slo_id as outcome,
        sli_cases.case_id,
        sli_cases.verdict = 'bad' as is_bad,
        sli_cases.from_at,
        sli_cases.counted_at,
        coalesce(sli_cases.settled_at, sli_cases.counted_at) as settled_at,
        maturities.slo_id is null as is_asked_of_open_cases,
        slo_clocks.promised_at,
        slo_clocks.calendar,
        slo_clocks.minutes_to_deadline / 2.0e0 as minutes_to_half

    from sli_cases
    left join maturities
        on sli_cases.slo_id = maturities.slo_id
    left join slo_clocks
        on
            sli_cases.slo_id = slo_clocks.slo_id
            and sli_cases.journey = slo_clocks.journey
            and sli_cases.case_id = slo_clocks.case_id
    where
        coalesce(
            {{ offpath.add_seconds(
                "sli_cases.counted_at", "86400 * maturities.maturity_days"
            ) }} <= {{ offpath.as_of() }},
            true
        )

),

clocked as (

    select
        cases.journey,
        cases.case_id,
        cases.started_at,
        cases.ended_at,
        cases.ended_as,
        journeys.calendar,
        slow_thresholds.threshold_minutes

    from cases
    inner join journeys
        on cases.journey = journeys.journey
    inner join slow_thresholds
        on cases.journey = slow_thresholds.journey

),

timed as (

    {{ offpath.business_time_added(
        "clocked",
        "calendar_hours",
        "calendar_open_hours",
        "calendar",
        "started_at",
        "threshold_minutes",
        "slow_at",
    ) }}

),

-- Of the cases that began lately only the quick ones have ended: a case is asked when
-- it has had the time to be slow, whether it has ended or not.
of_speed as (

    select
        journey,
        '[slow]' as outcome,
        case_id,
        coalesce(ended_at > slow_at, true) as is_bad,
        started_at as from_at,
        slow_at as counted_at,
        case when ended_at <= slow_at then ended_at else slow_at end as settled_at,
        true as is_asked_of_open_cases,
        cast(null as timestamp) as promised_at,
        calendar,
        threshold_minutes / 2.0e0 as minutes_to_half

    from timed
    where
        slow_at <= {{ offpath.as_of() }}
        and not coalesce(ended_as = 'excluded' and ended_at <= slow_at, false)

),

outcomes as (

    select
        journey,
        outcome,
        case_id,
        is_bad,
        from_at,
        counted_at,
        settled_at,
        is_asked_of_open_cases,
        promised_at,
        calendar,
        minutes_to_half

    from of_slos
    union all
    select
        journey,
        outcome,
        case_id,
        is_bad,
        from_at,
        counted_at,
        settled_at,
        is_asked_of_open_cases,
        promised_at,
        calendar,
        minutes_to_half

    from of_speed

),

halved as (

    {{ offpath.business_time_added(
        "outcomes",
        "calendar_hours",
        "calendar_open_hours",
        "calendar",
        "from_at",
        "minutes_to_half",
        "half_at",
    ) }}

),

-- What has no deadline is looked at when half of the time has gone that a case takes.
usual as (

    select
        slo_id,
        {{ offpath.median_of(offpath.seconds_between("from_at", "counted_at")) }}
            as median_seconds

    from sli_cases
    group by slo_id

),

landmarked as (

    select
        halved.*,
        case
            when halved.promised_at is not null
                then
                    {{ offpath.add_seconds(
                        "halved.from_at",
                        "cast(floor("
                        ~ offpath.seconds_between(
                            "halved.from_at", "halved.promised_at"
                        )
                        ~ " / 2.0e0) as bigint)",
                    ) }}
            when halved.half_at is not null then halved.half_at
            else
                {{ offpath.add_seconds(
                    "halved.from_at",
                    "cast(floor(usual.median_seconds / 2.0e0) as bigint)",
                ) }}
        end as landmark_at

    from halved
    left join usual
        on halved.outcome = usual.slo_id

),

-- A case that is over at the landmark and goes on later is known to go on by nobody.
over_at_landmark as (

    select distinct
        landmarked.journey,
        landmarked.outcome,
        landmarked.case_id

    from landmarked
    inner join case_endings
        on
            landmarked.journey = case_endings.journey
            and landmarked.case_id = case_endings.case_id
            and landmarked.landmark_at >= case_endings.ended_at
            and landmarked.landmark_at
            < coalesce(case_endings.reopened_at, cast('9999-12-31' as timestamp))
    where
        landmarked.is_asked_of_open_cases
        and landmarked.settled_at > landmarked.landmark_at

),

outcomes_judged as (

    select
        landmarked.journey,
        landmarked.outcome,
        landmarked.case_id,
        case when landmarked.is_bad then 1 else 0 end as is_bad,
        landmarked.from_at,
        landmarked.settled_at,
        case
            when
                landmarked.settled_at > landmarked.landmark_at
                and over_at_landmark.case_id is null
                then landmarked.landmark_at
        end as landmark_at

    from landmarked
    left join over_at_landmark
        on
            landmarked.journey = over_at_landmark.journey
            and landmarked.outcome = over_at_landmark.outcome
            and landmarked.case_id = over_at_landmark.case_id

)

select * from outcomes_judged
