-- A row that cannot be read would open the calendar at a wrong time, or never.
{% set time_of_day = "([01][0-9]|2[0-3]):[0-5][0-9]" %}

with

calendars as (

    select
        calendar,
        timezone,
        weekday,
        opens_at,
        closes_at,
        {{ offpath.text_matches("opens_at", "^" ~ time_of_day ~ "$") }}
            as opens_at_a_time,
        {{ offpath.text_matches("closes_at", "^(" ~ time_of_day ~ "|24:00)$") }}
            as closes_at_a_time,
        'seed calendars, row ' || calendar || ' ' || weekday || ' ' || opens_at || ': '
            as row_name

    from {{ ref("calendars") }}

),

violations as (

    select row_name || 'timezone ''' || timezone || ''' is unknown' as message
    from calendars
    where not {{ offpath.is_known_timezone("timezone") }}

    union all

    select row_name || 'weekday ''' || weekday || ''' is not 1 to 7' as message
    from calendars
    where weekday not between 1 and 7

    union all

    select row_name || 'opens_at ''' || opens_at || ''' is not HH:MM' as message
    from calendars
    where not opens_at_a_time

    union all

    select
        row_name || 'closes_at ''' || closes_at || ''' is not HH:MM, up to 24:00'
            as message
    from calendars
    where not closes_at_a_time

    union all

    -- Texts of this form sort as the times do.
    select
        row_name || 'closes_at ''' || closes_at || ''' is not after opens_at ('
        || 'an opening over midnight is two rows)' as message
    from calendars
    where opens_at_a_time and closes_at_a_time and closes_at <= opens_at

    union all

    select
        'seed calendars, row ' || calendar || ': timezone ''' || min(timezone)
        || ''' and ''' || max(timezone) || ''' in one calendar' as message
    from calendars
    group by calendar
    having min(timezone) <> max(timezone)

)

{{ offpath.named_violations("violations") }}
