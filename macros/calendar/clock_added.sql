{#-
    A select of every row of `relation` with the bigint column `as_column`: what a clock
    shows at an instant that runs in the open time of the row's calendar alone, in
    seconds, so that the working time between two instants is a difference. Where the
    calendar is null it never stops. Null where the instant is, or is outside the span
    of the calendars.

    `relation` is a CTE, the columns are its own; `calendar_hours` is one of the rows of
    `int_calendar_hours`. The row count stays.
-#}
{% macro clock_added(
    relation, calendar_hours, calendar_column, instant_column, as_column
) %}
    {%- set instant = "clocked." ~ instant_column -%}
    select
        clocked.*,
        case
            when clocked.{{ calendar_column }} is null
                then {{ offpath.epoch_seconds(instant) }}
            else {{ offpath.open_seconds_at("hours", instant) }}
        end as {{ as_column }}

    from {{ relation }} as clocked
    left join {{ calendar_hours }} as hours
        on
            clocked.{{ calendar_column }} = hours.calendar
            and date_trunc('hour', {{ instant }}) = hours.hour_started_at
{% endmacro %}
