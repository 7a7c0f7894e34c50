{{ config(
    materialized=offpath.incremental_or_table(),
    incremental_strategy="by_case",
) }}

with

slo_deadlines as (

    select * from {{ ref("int_slo_deadlines") }}
    where
        indicator = 'first_time_right' and {{ offpath.is_due("journey", "case_id") }}

),

case_turns as (

    select * from {{ ref("int_case_turns") }}

),

dated as (

    select
        *,
        {{ offpath.add_seconds(
            "first_good_ended_at", "coalesce(maturity_days, 0) * 86400"
        ) }} as matures_at

    from slo_deadlines

),

reworked as (

    select
        dated.slo_id,
        dated.journey,
        dated.case_id,
        min(
            case
                when
                    case_turns.is_rework
                    and case_turns.occurred_at
                    <= coalesce(dated.matures_at, {{ offpath.as_of() }})
                    then case_turns.occurred_at
            end
        ) as reworked_at,
        max_by(
            case_turns.status_after,
            case
                when
                    case_turns.occurred_at
                    <= coalesce(dated.first_good_ended_at, {{ offpath.as_of() }})
                    then case_turns.event_number
            end
        ) as status_when_counted

    from dated
    inner join case_turns
        on
            dated.journey = case_turns.journey
            and dated.case_id = case_turns.case_id
    where
        case_turns.is_rework
        or case_turns.ends_case_as is not null
        or case_turns.is_reopening
    group by dated.slo_id, dated.journey, dated.case_id

),

-- A case that ended bad was never right, first or later. Only events change a row here:
-- none was judged by the clock.
first_time_right_cases as (

    select
        dated.slo_id,
        dated.journey,
        dated.case_id,
        dated.severity,
        dated.from_at,
        dated.first_good_ended_at as reached_at,
        cast(null as timestamp) as deadline_at,
        dated.first_good_ended_at as counted_at,
        case
            when reworked.reworked_at is not null then 'bad'
            when dated.first_good_ended_at is not null then 'good'
        end as early_verdict,
        coalesce(reworked.reworked_at, dated.matures_at) as settled_at,
        case
            when dated.is_excluded then 'case is excluded'
            when reworked.status_when_counted = 'excluded' then 'ended excluded'
            when reworked.status_when_counted = 'bad' then 'ended bad'
        end as not_valid_reason,
        dated.defined_at,
        false as is_paused,
        cast(null as timestamp) as judged_at

    from dated
    left join reworked
        on
            dated.slo_id = reworked.slo_id
            and dated.journey = reworked.journey
            and dated.case_id = reworked.case_id

)

select * from first_time_right_cases
