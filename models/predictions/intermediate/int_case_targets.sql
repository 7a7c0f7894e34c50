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

slos as (

    select * from {{ ref("slos") }}

),

slo_steps as (

    select * from {{ ref("slo_steps") }}

),

slo_pauses as (

    select * from {{ ref("slo_pauses") }}

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

-- A composite has the deadlines of its steps and none of its own. One that stands still
-- for a time is known by nobody before.
described as (

    select
        sli_cases.*,
        slos.indicator,
        cases.ended_at as case_ended_at,
        cases.ended_as as case_ended_as,
        known_since.known_from,
        sli_cases.slo_id in (select slo_pauses.slo_id from slo_pauses) as may_pause,
        case
            when
                sli_cases.slo_id not in (select slo_steps.slo_id from slo_steps)
                then sli_cases.deadline_at
        end as own_deadline_at,
        -- What an outage or a new definition takes out of an objective took its course.
        sli_cases.verdict = 'excluded'
        and coalesce(
            sli_cases.not_valid_reason not like 'exclusion: %'
            and sli_cases.not_valid_reason not like 'counted before%',
            true
        ) as is_left

    from sli_cases
    inner join cases
        on
            sli_cases.journey = cases.journey
            and sli_cases.case_id = cases.case_id
    inner join slos
        on sli_cases.slo_id = slos.slo_id
    left join known_since
        on
            sli_cases.journey = known_since.journey
            and sli_cases.case_id = known_since.case_id
    -- What is taken out of an objective for as long as it is open was never asked.
    where sli_cases.verdict <> 'excluded' or cases.ended_at is not null

),

-- What has a deadline is asked when it is reached, in time or not, and is lost where
-- the case ends without it; what has none, when its verdict stands. What is not valid
-- in the end is watched until then: nobody knew before.
promised as (

    select
        journey,
        case_id,
        slo_id as target,
        from_at,
        case
            when is_left then null
            when early_verdict = 'good' and own_deadline_at is null then settled_at
            when early_verdict = 'good' and indicator = 'outcome' then settled_at
            when own_deadline_at is null then null
            when indicator = 'outcome'
                then
                    case
                        when
                            early_verdict = 'bad'
                            and case_ended_as = 'good'
                            and case_ended_at > own_deadline_at
                            then case_ended_at
                    end
            when reached_at is null and early_verdict = 'good' then settled_at
            else reached_at
        end as kept_at,
        case
            when is_left or early_verdict = 'good' then null
            when own_deadline_at is null
                then case when early_verdict = 'bad' then settled_at end
            when indicator = 'outcome'
                then case when case_ended_as <> 'good' then case_ended_at end
            when reached_at is null then case_ended_at
        end as lost_at,
        case when is_left then least(case_ended_at, coalesce(reached_at, case_ended_at))
        end as left_at,
        own_deadline_at as deadline_at,
        case when may_pause then cast('9999-12-31' as timestamp) else known_from end
            as deadline_known_from

    from described

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
