with

calendar_span as (

    select * from {{ ref("int_calendar_span") }}

),

-- Of a zone that is ahead of UTC the day may be the next one.
days as (

    select
        {{ offpath.unnested_timestamps(
            "starts_at", offpath.add_seconds(offpath.as_of(), 86400), 86400
        ) }} as day_at

    from calendar_span

),

days_spanned as (

    select cast(day_at as date) as day_date
    from days

)

select * from days_spanned
