{{ config(materialized="incremental", incremental_strategy="by_case") }}

with

slo_deadlines as (

    select * from {{ ref("int_slo_deadlines") }}
    where
        indicator = 'first_time_right' and {{ offpath.is_due("journey", "case_id") }}

),

case_events as (

    select * from {{ ref("fct_case_events") }}

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
                    case_events.is_rework
                    and case_events.occurred_at
                    <= coalesce(dated.matures_at, {{ offpath.as_of() }})
                    then case_events.occurred_at
            end
        ) as reworked_at,
        max_by(
            case_events.status_after,
            case
                when
                    case_events.occurred_at
                    <= coalesce(dated.first_good_ended_at, {{ offpath.as_of() }})
                    then case_events.event_number
            end
        ) as status_when_counted

    from dated
    inner join case_events
        on
            dated.journey = case_events.journey
            and dated.case_id = case_events.case_id
    where
        case_events.is_rework
        or case_events.ends_case_as is not null
        or case_events.is_reopening
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
