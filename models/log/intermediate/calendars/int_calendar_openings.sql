with

calendars as (

    select * from {{ ref("calendars") }}

),

holidays as (

    select * from {{ ref("calendar_holidays") }}

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

weekly_openings as (

    select
        calendar,
        timezone,
        weekday,
        {% for column in ["opens_at", "closes_at"] %}
        cast(substr({{ column }}, 1, 2) as integer) * 3600
        + cast(substr({{ column }}, 4, 2) as integer) * 60 as {{ column }}_second
        {{- "," if not loop.last }}
        {% endfor %}

    from calendars

),

daily_openings as (

    select
        weekly_openings.calendar,
        {{ offpath.local_to_utc(
            offpath.add_seconds(
                "local_days.day_started_at", "weekly_openings.opens_at_second"
            ),
            "weekly_openings.timezone"
        ) }} as opened_at,
        {{ offpath.local_to_utc(
            offpath.add_seconds(
                "local_days.day_started_at", "weekly_openings.closes_at_second"
            ),
            "weekly_openings.timezone"
        ) }} as closed_at

    from weekly_openings
    inner join local_days
        on
            weekly_openings.weekday
            = {{ offpath.iso_weekday("local_days.day_started_at") }}
    left join holidays
        on
            weekly_openings.calendar = holidays.calendar
            and cast(local_days.day_started_at as date) = holidays.holiday_date
    where holidays.calendar is null

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
