{#-
    A select of every row of `relation` with the timestamp column `as_column`: the
    instant `from_column` plus `minutes_column` minutes (fractions to the second) of the
    open time of the row's calendar. From closed time it counts from the next opening.
    Minutes that end as the calendar closes are due at the closing (Friday 15:00 + 2 h
    of 9 to 17 is Friday 17:00, not Monday 09:00). 0 minutes are due at once, open or
    not.
    Where the calendar is null it is plain addition; null where an input is null, the
    instant is outside the span of the calendars, or the sum is beyond it.

    `relation` is a CTE, the columns are its own; `calendar_hours` and
    `calendar_open_hours` are CTEs of the rows of `int_calendar_hours` and
    `int_calendar_open_hours`. The row count stays.
-#}
{% macro business_time_added(
    relation,
    calendar_hours,
    calendar_open_hours,
    calendar_column,
    from_column,
    minutes_column,
    as_column
) %}
    {%- set from_at = "timed." ~ from_column -%}
    {%- set minutes = "timed." ~ minutes_column -%}
    {%- set seconds = "cast(round(" ~ minutes ~ " * 60.0e0) as bigint)" -%}
    {%- set due_second -%}
        ({{ offpath.open_seconds_at("from_hours", from_at) }} + {{ seconds }})
    {%- endset -%}
    select
        timed.*,
        case
            when {{ minutes }} = 0 then {{ from_at }}
            when timed.{{ calendar_column }} is null
                then {{ offpath.add_seconds(from_at, seconds) }}
            else
                {{ offpath.add_seconds(
                    "due_hours.opened_at",
                    due_second ~ " - due_hours.open_seconds_before"
                ) }}
        end as {{ as_column }}

    from {{ relation }} as timed
    left join {{ calendar_hours }} as from_hours
        on
            timed.{{ calendar_column }} = from_hours.calendar
            and date_trunc('hour', {{ from_at }}) = from_hours.hour_started_at
    left join {{ calendar_open_hours }} as due_hours
        on
            from_hours.calendar = due_hours.calendar
            and cast(floor({{ due_second }} / 3600) as bigint) = due_hours.open_hour
            and {{ due_second }} > due_hours.open_seconds_before
            and {{ due_second }} <= due_hours.open_seconds_until
{% endmacro %}
