with

events as (

    select * from {{ ref("int_events_classified") }}

),

accepted as (

    select min(occurred_at) as first_event_at
    from events
    where disposition = 'accepted'

),

span as (

    select
        {{ offpath.add_seconds(
            "date_trunc('day', coalesce(first_event_at, " ~ offpath.as_of() ~ "))",
            -86400
        ) }} as starts_at,
        {{ offpath.add_seconds(
            "date_trunc('day', " ~ offpath.as_of() ~ ")",
            (var("calendar_horizon_days") + 1) * 86400
        ) }} as ends_at

    from accepted

)

select * from span
