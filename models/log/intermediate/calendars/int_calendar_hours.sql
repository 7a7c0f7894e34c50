{{ config(access="public") }}

with

calendars as (

    select * from {{ ref("calendars") }}

),

span as (

    select * from {{ ref("int_calendar_span") }}

),

openings as (

    select * from {{ ref("int_calendar_openings") }}

),

calendar_names as (

    select distinct calendar
    from calendars

),

span_hours as (

    select
        {{ offpath.unnested_timestamps(
            "starts_at", offpath.add_seconds("ends_at", -3600), 3600
        ) }} as hour_started_at

    from span

),

opening_hours as (

    select
        calendar,
        opened_at,
        closed_at,
        {{ offpath.unnested_timestamps(
            "date_trunc('hour', opened_at)",
            offpath.add_seconds("closed_at", -1),
            3600
        ) }} as hour_started_at

    from openings

),

minute_ranges as (

    select
        calendar,
        hour_started_at,
        greatest(
            {{ offpath.seconds_between("hour_started_at", "opened_at") }} / 60, 0
        ) as first_minute,
        least(
            {{ offpath.seconds_between("hour_started_at", "closed_at") }} / 60, 60
        ) as end_minute

    from opening_hours

),

masked as (

    select
        calendar,
        hour_started_at,
        bit_or(
            {{ offpath.low_bits("end_minute") }}
            - {{ offpath.low_bits("first_minute") }}
        ) as open_minutes

    from minute_ranges
    group by
        calendar,
        hour_started_at

),

every_hour as (

    select
        calendar_names.calendar,
        span_hours.hour_started_at,
        coalesce(masked.open_minutes, cast(0 as bigint)) as open_minutes

    from calendar_names
    cross join span_hours
    left join masked
        on
            calendar_names.calendar = masked.calendar
            and span_hours.hour_started_at = masked.hour_started_at

),

hours as (

    select
        calendar,
        hour_started_at,
        cast(
            coalesce(
                sum(cast(bit_count(open_minutes) as bigint) * 60) over (
                    partition by calendar
                    order by hour_started_at
                    rows between unbounded preceding and 1 preceding
                ),
                0
            ) as bigint
        ) as open_seconds_before,
        open_minutes

    from every_hour

)

select * from hours
