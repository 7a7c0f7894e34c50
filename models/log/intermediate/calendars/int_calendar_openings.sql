with

calendars as (

    select
        calendar,
        timezone,
        weekday,
        opens_at,
        closes_at,
        coalesce(valid_from, cast('1000-01-01' as date)) as valid_from

    from {{ ref("calendars") }}

),

calendar_exceptions as (

    select * from {{ ref("calendar_exceptions") }}

),

span as (

    select * from {{ ref("int_calendar_span") }}

),

-- A local day begins up to 14 hours before and ends up to 12 hours after the same
-- day in UTC, and the opening of a day must be known as a whole.
local_days as (

    select
        {{ offpath.unnested_timestamps(
            offpath.add_seconds("starts_at", -86400),
            offpath.add_seconds("ends_at", 86400),
            86400
        ) }} as day_started_at

    from span

),

-- The hours of a weekday hold until others of the same weekday do.
weekday_starts as (

    select distinct
        calendar,
        weekday,
        valid_from

    from calendars

),

weekday_spans as (

    select
        calendar,
        weekday,
        valid_from,
        lead(valid_from, 1, cast('9999-12-31' as date)) over (
            partition by calendar, weekday
            order by valid_from
        ) as valid_until

    from weekday_starts

),

weekly_openings as (

    select
        calendars.calendar,
        calendars.weekday,
        calendars.opens_at,
        calendars.closes_at,
        weekday_spans.valid_from,
        weekday_spans.valid_until

    from calendars
    inner join weekday_spans
        on
            calendars.calendar = weekday_spans.calendar
            and calendars.weekday = weekday_spans.weekday
            and calendars.valid_from = weekday_spans.valid_from

),

exception_days as (

    select distinct
        calendar,
        exception_date

    from calendar_exceptions

),

-- A day without hours, of the week or of its own, is closed.
local_openings as (

    select
        weekly_openings.calendar,
        local_days.day_started_at,
        weekly_openings.opens_at,
        weekly_openings.closes_at

    from weekly_openings
    inner join local_days
        on
            weekly_openings.weekday
            = {{ offpath.iso_weekday("local_days.day_started_at") }}
            and cast(local_days.day_started_at as date) >= weekly_openings.valid_from
            and cast(local_days.day_started_at as date) < weekly_openings.valid_until
    left join exception_days
        on
            weekly_openings.calendar = exception_days.calendar
            and cast(local_days.day_started_at as date) = exception_days.exception_date
    where
        exception_days.calendar is null
        and weekly_openings.opens_at is not null
    union all
    select
        calendar_exceptions.calendar,
        local_days.day_started_at,
        calendar_exceptions.opens_at,
        calendar_exceptions.closes_at

    from calendar_exceptions
    inner join local_days
        on
            calendar_exceptions.exception_date
            = cast(local_days.day_started_at as date)
    where calendar_exceptions.opens_at is not null

),

timezones as (

    select
        calendar,
        min(timezone) as timezone

    from calendars
    group by calendar

),

daily_openings as (

    select
        local_openings.calendar,
        {% for column, name in {"opens_at": "opened_at", "closes_at": "closed_at"}.items() %}
        {{ offpath.local_to_utc(
            offpath.add_seconds(
                "local_openings.day_started_at",
                "cast(substr(local_openings." ~ column ~ ", 1, 2) as integer) * 3600"
                " + cast(substr(local_openings." ~ column ~ ", 4, 2) as integer) * 60"
            ),
            "timezones.timezone"
        ) }} as {{ name }}
        {{- "," if not loop.last }}
        {% endfor %}

    from local_openings
    inner join timezones
        on local_openings.calendar = timezones.calendar

),

-- Distinct, so that start and end order them totally.
clipped as (

    select distinct
        daily_openings.calendar,
        greatest(daily_openings.opened_at, span.starts_at) as opened_at,
        least(daily_openings.closed_at, span.ends_at) as closed_at

    from daily_openings
    cross join span
    where
        daily_openings.opened_at < daily_openings.closed_at
        and daily_openings.opened_at < span.ends_at
        and daily_openings.closed_at > span.starts_at

),

-- Openings that touch or overlap are one, so that no second counts twice.
compared as (

    select
        calendar,
        opened_at,
        closed_at,
        max(closed_at) over (
            partition by calendar
            order by opened_at, closed_at
            rows between unbounded preceding and 1 preceding
        ) as closed_until_then_at

    from clipped

),

numbered as (

    select
        calendar,
        opened_at,
        closed_at,
        sum(case when opened_at <= closed_until_then_at then 0 else 1 end) over (
            partition by calendar
            order by opened_at, closed_at
            rows between unbounded preceding and current row
        ) as opening_number

    from compared

),

merged as (

    select
        calendar,
        min(opened_at) as opened_at,
        max(closed_at) as closed_at

    from numbered
    group by
        calendar,
        opening_number

),

openings as (

    select
        calendar,
        opened_at,
        closed_at,
        cast(
            coalesce(
                sum({{ offpath.seconds_between("opened_at", "closed_at") }}) over (
                    partition by calendar
                    order by opened_at
                    rows between unbounded preceding and 1 preceding
                ),
                0
            ) as bigint
        ) as open_seconds_before

    from merged

)

select * from openings
