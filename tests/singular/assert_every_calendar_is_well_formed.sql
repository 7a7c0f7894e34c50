-- A row that cannot be read would open the calendar at a wrong time, or never.
{% set time_of_day = "([01][0-9]|2[0-3]):[0-5][0-9]" %}
{% set text = dbt.type_string() %}

with

calendars as (

    select * from {{ ref("calendars") }}

),

openings as (

    select
        calendar,
        cast(weekday as {{ text }}) || coalesce(
            ' from ' || cast(valid_from as {{ text }}), ''
        ) as day_name,
        opens_at,
        closes_at,
        'seed calendars, row ' || calendar || ' ' || cast(weekday as {{ text }})
        as row_name

    from calendars
    union all
    select
        calendar,
        cast(exception_date as {{ text }}) as day_name,
        opens_at,
        closes_at,
        'seed calendar_exceptions, row ' || calendar || ' '
        || cast(exception_date as {{ text }}) as row_name

    from {{ ref("calendar_exceptions") }}

),

read_openings as (

    select
        *,
        row_name || ' ' || coalesce(opens_at, '(closed)') || ': ' as row_says,
        {{ offpath.text_matches("opens_at", "^" ~ time_of_day ~ "$") }}
            as opens_at_a_time,
        {{ offpath.text_matches("closes_at", "^(" ~ time_of_day ~ "|24:00)$") }}
            as closes_at_a_time

    from openings

),

violations as (

    select
        'seed calendars, row ' || calendar || ': timezone ''' || timezone
        || ''' is unknown' as message
    from calendars
    where not {{ offpath.is_known_timezone("timezone") }}

    union

    select
        'seed calendars, row ' || calendar || ': weekday '''
        || cast(weekday as {{ text }}) || ''' is not 1 to 7' as message
    from calendars
    where weekday not between 1 and 7

    union

    select row_says || 'opens_at ''' || opens_at || ''' is not HH:MM' as message
    from read_openings
    where not opens_at_a_time

    union

    select
        row_says || 'closes_at ''' || closes_at || ''' is not HH:MM, up to 24:00'
            as message
    from read_openings
    where not closes_at_a_time

    union

    -- Texts of this form sort as the times do.
    select
        row_says || 'closes_at ''' || closes_at || ''' is not after opens_at ('
        || 'an opening over midnight is two rows)' as message
    from read_openings
    where opens_at_a_time and closes_at_a_time and closes_at <= opens_at

    union

    select
        row_says || 'has one of opens_at and closes_at (both: open; neither: closed)'
            as message
    from read_openings
    where (opens_at is null) <> (closes_at is null)

    union

    select
        min(row_name) || ': ' || day_name || ' is closed in one row and open in another'
            as message
    from read_openings
    group by calendar, day_name
    having count(opens_at) between 1 and count(*) - 1

    union

    select
        'seed calendars, row ' || calendar || ': timezone ''' || min(timezone)
        || ''' and ''' || max(timezone) || ''' in one calendar' as message
    from calendars
    group by calendar
    having min(timezone) <> max(timezone)

    union

    -- It would be closed before, and what was due then is due years later.
    select
        'seed calendars, row ' || calendar || ': every row has a valid_from (the first'
        || ' hours of a calendar are those without)' as message
    from calendars
    group by calendar
    having count(valid_from) = count(*)

)

{{ offpath.named_violations("violations") }}
