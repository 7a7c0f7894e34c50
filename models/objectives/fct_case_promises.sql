{{ config(materialized=offpath.view_or_table()) }}

with

sli_cases as (

    select * from {{ ref("fct_sli_cases") }}
    where deadline_at is not null or is_paused

),

cases as (

    select * from {{ ref("fct_cases") }}

),

slos as (

    select * from {{ ref("dim_slos") }}

),

journeys as (

    select * from {{ ref("journeys") }}

),

calendar_hours as (

    select * from {{ ref("int_calendar_hours") }}

),

-- A good end keeps an outcome only while it stands: a case that is open again owes it.
owed as (

    select
        sli_cases.*,
        slos.title,
        slos.indicator,
        cases.value_amount,
        cases.ended_at,
        journeys.calendar,
        cases.is_open
        and sli_cases.verdict <> 'excluded'
        and coalesce(sli_cases.early_verdict <> 'good', true)
        and (sli_cases.reached_at is null or slos.indicator = 'outcome') as is_owed

    from sli_cases
    inner join cases
        on
            sli_cases.journey = cases.journey
            and sli_cases.case_id = cases.case_id
    inner join slos
        on sli_cases.slo_id = slos.slo_id
    inner join journeys
        on sli_cases.journey = journeys.journey

),

-- Late is what counts as bad, until it was kept after all, the case was over, or now.
clocked as (

    select
        *,
        case
            when is_owed and deadline_at is not null
                then least(deadline_at, {{ offpath.as_of() }})
        end as earlier_at,
        case
            when is_owed and deadline_at is not null
                then greatest(deadline_at, {{ offpath.as_of() }})
        end as later_at,
        case
            when verdict <> 'bad' then null
            when is_owed then {{ offpath.as_of() }}
            when indicator <> 'outcome' then coalesce(reached_at, ended_at)
            else ended_at
        end as late_until

    from owed

),

timed as (

    {{ offpath.business_seconds_between(
        "clocked",
        "calendar_hours",
        "calendar",
        "earlier_at",
        "later_at",
        "business_seconds",
    ) }}

),

measured as (

    select
        *,
        case
            when is_owed
                then {{ offpath.seconds_between(offpath.as_of(), "deadline_at") }}
        end as seconds_left,
        case when deadline_at < {{ offpath.as_of() }} then -1 else 1 end
        * business_seconds as business_seconds_left,
        case
            when verdict = 'good' then 0.0e0
            when late_until <= deadline_at then 0.0e0
            when verdict = 'bad'
                then
                    {{ offpath.seconds_between("deadline_at", "late_until") }}
                    / 86400.0e0
        end as days_late

    from timed

),

promises as (

    select
        slo_id,
        journey,
        case_id,
        title,
        severity,
        from_at,
        deadline_at,
        counted_at,
        reached_at,
        verdict,
        verdict = 'pending' as is_pending,
        is_paused,
        is_owed,
        seconds_left,
        cast(business_seconds_left as bigint) as business_seconds_left,
        value_amount,
        cast(days_late as double) as days_late,
        cast(value_amount as double) * days_late as value_days_late

    from measured

)

select * from promises
