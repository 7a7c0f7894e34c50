with

events_repeated as (

    select * from {{ ref("int_events_repeated") }}
    where via_event is not null

),

ping_pong as (

    select
        journey,
        event_name as from_event,
        via_event,
        cast(count(*) as bigint) as occurrence_count,
        cast(count(distinct case_id) as bigint) as case_count,
        cast({{ offpath.median_of("elapsed_seconds") }} as double) as median_seconds,
        cast({{ offpath.median_of("business_seconds") }} as double)
            as median_business_seconds

    from events_repeated
    group by journey, event_name, via_event

)

select * from ping_pong
