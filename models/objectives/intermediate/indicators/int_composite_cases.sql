{{ config(
    materialized=offpath.incremental_or_table(),
    incremental_strategy="by_case",
    meta={"moved_by_clock": "judged_at is not null"},
) }}

with

slos as (

    select * from {{ ref("slos") }}

),

slo_steps as (

    select * from {{ ref("slo_steps") }}

),

slo_pauses as (

    select * from {{ ref("slo_pauses") }}

),

composites as (

    select
        slo_steps.slo_id,
        slo_steps.step_slo_id,
        slo_steps.step_slo_id in (select slo_pauses.slo_id from slo_pauses) as may_pause,
        slos.journey,
        slos.defined_at,
        count(*) over (partition by slo_steps.slo_id) as slo_step_count

    from slo_steps
    inner join slos
        on slo_steps.slo_id = slos.slo_id

),

indicated_cases as (

    select * from {{ ref("int_indicated_cases") }}
    where
        slo_id in (select composites.step_slo_id from composites)
        and {{ offpath.is_due("journey", "case_id") }}

),

cases as (

    select * from {{ ref("fct_cases") }}

),

step_cases as (

    select
        indicated_cases.*,
        cases.is_excluded or cases.ended_at is not null as is_over,
        indicated_cases.not_valid_reason is null as is_valid

    from indicated_cases
    inner join cases
        on
            indicated_cases.journey = cases.journey
            and indicated_cases.case_id = cases.case_id

),

-- A bad step fails the case when it counts, or when a later rework turns it bad.
steps_together as (

    select
        composites.slo_id,
        composites.defined_at,
        step_cases.journey,
        step_cases.case_id,
        step_cases.severity,
        step_cases.from_at,
        step_cases.reached_at,
        step_cases.deadline_at,
        step_cases.counted_at,
        step_cases.early_verdict,
        step_cases.settled_at,
        step_cases.is_valid,
        composites.may_pause,
        step_cases.is_over
        or count(*) over together = composites.slo_step_count as is_complete,
        max(step_cases.is_valid) over together as has_valid_step,
        max(step_cases.is_paused) over together as is_paused,
        min(step_cases.judged_at) over together as judged_at,
        min(
            case
                when
                    step_cases.is_valid
                    and step_cases.early_verdict = 'bad'
                    and step_cases.counted_at is not null
                    then greatest(step_cases.counted_at, step_cases.settled_at)
            end
        ) over together as failed_at

    from step_cases
    inner join composites
        on step_cases.slo_id = composites.step_slo_id
    window together as (
        partition by composites.slo_id, step_cases.journey, step_cases.case_id
    )

),

-- Without a valid step the others say when the case would have counted.
judged_together as (

    select
        slo_id,
        defined_at,
        journey,
        case_id,
        severity,
        is_complete,
        has_valid_step,
        is_paused,
        judged_at,
        min(from_at) as from_at,
        case when count(reached_at) = count(*) then max(reached_at) end as reached_at,
        max(deadline_at) as deadline_at,
        -- A failed case counts at the last deadline that ran when it failed: neither a
        -- step that begins later nor an end that comes later moves it.
        case
            when failed_at is not null
                then
                    max(
                        case
                            when
                                counted_at <= failed_at
                                or (
                                    from_at <= failed_at
                                    and deadline_at is not null
                                    -- Its deadline may not have stood then.
                                    and not may_pause
                                )
                                then counted_at
                        end
                    )
            when is_complete and count(counted_at) = count(*) then max(counted_at)
        end as counted_at,
        case
            when
                (is_complete or has_valid_step)
                and count(case when early_verdict = 'bad' then 1 end) > 0
                then 'bad'
            when
                is_complete
                and count(case when early_verdict = 'good' then 1 end) = count(*)
                then 'good'
        end as early_verdict,
        min(case when early_verdict = 'bad' then settled_at end) as failed_settled_at,
        max(settled_at) as last_settled_at

    from steps_together
    where is_valid or not has_valid_step
    group by
        slo_id,
        defined_at,
        journey,
        case_id,
        severity,
        is_complete,
        has_valid_step,
        is_paused,
        judged_at,
        failed_at

),

composite_cases as (

    select
        slo_id,
        journey,
        case_id,
        severity,
        from_at,
        reached_at,
        deadline_at,
        counted_at,
        early_verdict,
        case early_verdict
            when 'bad' then failed_settled_at
            when 'good' then last_settled_at
        end as settled_at,
        case
            when is_complete and not has_valid_step then 'no valid step'
            else {{ offpath.older_definition_reason("counted_at", "defined_at") }}
        end as not_valid_reason,
        is_paused and early_verdict is null as is_paused,
        judged_at

    from judged_together

)

select * from composite_cases
