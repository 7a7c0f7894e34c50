with

cases as (

    select * from {{ ref("fct_cases") }}

),

journeys as (

    select * from {{ ref("journeys") }}

),

calendar_hours as (

    select * from {{ ref("int_calendar_hours") }}

),

open_spells as (

    select * from {{ ref("int_open_spells") }}

),

sli_cases as (

    select * from {{ ref("fct_sli_cases") }}
    where not is_paused

),

case_versions as (

    select * from {{ ref("int_case_versions") }}

),

promise_versions as (

    select * from {{ ref("int_promise_versions") }}

),

cases_drawn as (

    select distinct
        journey,
        case_id

    from {{ ref("int_cases_drawn") }}

),

-- Since when a deadline is what it is now: before, another one may have been known.
known_since as (

    select
        journey,
        case_id,
        max(known_from) as known_from

    from (
        select
            journey,
            case_id,
            known_from

        from case_versions
        union all
        select
            journey,
            case_id,
            known_from

        from promise_versions
    ) as versions
    group by journey, case_id

),

-- What has a deadline is asked when it is reached, in time or not, and is lost where
-- the case ends without it; what has none, when its verdict stands. What is not valid
-- in the end is watched until then: nobody knew before.
promised as (

    select
        sli_cases.journey,
        sli_cases.case_id,
        sli_cases.slo_id as target,
        sli_cases.from_at,
        case
            when sli_cases.verdict = 'excluded' then null
            when sli_cases.deadline_at is not null then sli_cases.reached_at
            when sli_cases.early_verdict = 'good' then sli_cases.settled_at
        end as kept_at,
        case
            when sli_cases.verdict = 'excluded' then null
            when sli_cases.deadline_at is null
                then case when sli_cases.early_verdict = 'bad' then sli_cases.settled_at end
            when sli_cases.reached_at is null then cases.ended_at
        end as lost_at,
        case when sli_cases.verdict = 'excluded' then cases.ended_at end as left_at,
        sli_cases.deadline_at,
        known_since.known_from as deadline_known_from

    from sli_cases
    inner join cases
        on
            sli_cases.journey = cases.journey
            and sli_cases.case_id = cases.case_id
    left join known_since
        on
            sli_cases.journey = known_since.journey
            and sli_cases.case_id = known_since.case_id
    -- What is taken out of an objective for as long as it is open was never asked.
    where sli_cases.verdict <> 'excluded' or cases.ended_at is not null

),

targets as (

    select
        journey,
        case_id,
        '[end]' as target,
        opened_at as from_at,
        closed_at as kept_at,
        cast(null as timestamp) as lost_at,
        cast(null as timestamp) as left_at,
        cast(null as timestamp) as deadline_at,
        cast(null as timestamp) as deadline_known_from

    from open_spells
    union all
    select
        journey,
        case_id,
        target,
        from_at,
        kept_at,
        lost_at,
        left_at,
        deadline_at,
        deadline_known_from

    from promised

),

drawn as (

    select
        targets.*,
        journeys.calendar,
        least(
            coalesce(targets.kept_at, cast('9999-12-31' as timestamp)),
            coalesce(targets.lost_at, cast('9999-12-31' as timestamp)),
            coalesce(targets.left_at, cast('9999-12-31' as timestamp))
        ) as ended_at

    from targets
    inner join cases_drawn
        on
            targets.journey = cases_drawn.journey
            and targets.case_id = cases_drawn.case_id
    inner join journeys
        on targets.journey = journeys.journey

),

ended as (

    {{ offpath.clock_added(
        "drawn", "calendar_hours", "calendar", "ended_at", "ended_seconds"
    ) }}

),

due as (

    {{ offpath.clock_added(
        "ended", "calendar_hours", "calendar", "deadline_at", "deadline_seconds"
    ) }}

),

case_targets as (

    select
        journey,
        case_id,
        target,
        from_at,
        nullif(ended_at, cast('9999-12-31' as timestamp)) as ended_at,
        case
            when kept_at = ended_at then true
            when lost_at = ended_at then false
        end as is_kept,
        ended_seconds,
        deadline_at,
        deadline_seconds,
        deadline_known_from

    from due

)

select * from case_targets
