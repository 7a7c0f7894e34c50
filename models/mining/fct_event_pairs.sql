with

events_paired as (

    select * from {{ ref("int_events_paired") }}

),

event_pairs as (

    select * from {{ ref("int_event_pairs") }}

),

-- Pairs of which no case has both are pairs too.
pairs_timed as (

    select
        from_events.journey,
        from_events.event_name as from_event,
        to_events.event_name as to_event,
        cast(from_events.case_count as bigint) as from_case_count,
        cast(to_events.case_count as bigint) as to_case_count,
        cast(coalesce(event_pairs.both_count, 0) as bigint) as both_count,
        cast(coalesce(event_pairs.come_later_count, 0) as bigint) as followed_count,
        cast(coalesce(event_pairs.come_later_count, 0) as double)
        / from_events.case_count as followed_share,
        cast(coalesce(event_pairs.preceded_count, 0) as bigint) as first_before_count,
        cast(event_pairs.preceded_seconds as double)
        / nullif(event_pairs.preceded_count, 0) as mean_seconds

    from events_paired as from_events
    inner join events_paired as to_events
        on
            from_events.journey = to_events.journey
            and from_events.event_name <> to_events.event_name
    left join event_pairs
        on
            to_events.journey = event_pairs.journey
            and to_events.event_name = event_pairs.activation_event
            and from_events.event_name = event_pairs.target_event

)

select * from pairs_timed
