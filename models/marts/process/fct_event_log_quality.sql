with

events as (

    select * from {{ ref("int_events_classified") }}

),

case_events as (

    select * from {{ ref("fct_case_events") }}

),

counted as (

    select
        source_model,
        coalesce(journey, '[none]') as journey,
        count(*) as raw_count,
        sum(case when disposition = 'accepted' then 1 else 0 end) as accepted_count,
        sum(case when disposition = 'quarantined' then 1 else 0 end)
            as quarantined_count,
        sum(case when disposition = 'redelivered' then 1 else 0 end)
            as redelivered_count,
        sum(case when disposition = 'not_yet' then 1 else 0 end) as not_yet_count,
        max(case when disposition = 'accepted' then occurred_at end)
            as last_occurred_at,
        max(case when disposition <> 'not_yet' then loaded_at end) as last_loaded_at

    from events
    group by source_model, coalesce(journey, '[none]')

),

sourced as (

    select
        events.source_model,
        case_events.journey,
        sum(case when case_events.is_defined then 0 else 1 end)
            as undefined_event_count,
        sum(case when case_events.is_order_ambiguous then 1 else 0 end)
            as ambiguous_order_count,
        sum(
            case
                when
                    {{ offpath.seconds_between(
                        "case_events.occurred_at", "case_events.loaded_at"
                    ) }} > 86400
                    then 1
                else 0
            end
        ) as late_count

    from case_events
    inner join events
        on
            case_events.journey = events.journey
            and case_events.event_id = events.event_id
            and events.disposition = 'accepted'
    group by events.source_model, case_events.journey

),

event_log_quality as (

    select
        counted.source_model,
        counted.journey,
        cast(counted.raw_count as bigint) as raw_count,
        cast(counted.accepted_count as bigint) as accepted_count,
        cast(counted.quarantined_count as bigint) as quarantined_count,
        cast(counted.redelivered_count as bigint) as redelivered_count,
        cast(counted.not_yet_count as bigint) as not_yet_count,
        cast(coalesce(sourced.undefined_event_count, 0) as bigint)
            as undefined_event_count,
        cast(coalesce(sourced.ambiguous_order_count, 0) as bigint)
            as ambiguous_order_count,
        cast(coalesce(sourced.late_count, 0) as bigint) as late_count,
        counted.last_occurred_at,
        counted.last_loaded_at

    from counted
    left join sourced
        on
            counted.source_model = sourced.source_model
            and counted.journey = sourced.journey

)

select * from event_log_quality
