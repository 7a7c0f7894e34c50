{#-
    A select of every row of `relation` with the bigint column `as_column`: seconds
    between two instants that lie in the open time of the row's calendar. 0 where
    `to_column` is not after `from_column`; elapsed seconds where the calendar is null;
    null where an instant is null, or outside the span of the calendars.

    `relation` is a CTE, the columns are its own; `calendar_hours` is one of the rows of
    `int_calendar_hours`. The row count stays.
-#}
{% macro business_seconds_between(
    relation, calendar_hours, calendar_column, from_column, to_column, as_column
) %}
    {%- set from_at = "timed." ~ from_column -%}
    {%- set to_at = "timed." ~ to_column -%}
    select
        timed.*,
        cast(
            case
                when {{ to_at }} <= {{ from_at }} then 0
                when timed.{{ calendar_column }} is null
                    then {{ offpath.seconds_between(from_at, to_at) }}
                else
                    {{ offpath.open_seconds_at("to_hours", to_at) }}
                    - {{ offpath.open_seconds_at("from_hours", from_at) }}
            end as bigint
        ) as {{ as_column }}

    from {{ relation }} as timed
    left join {{ calendar_hours }} as from_hours
        on
            timed.{{ calendar_column }} = from_hours.calendar
            and date_trunc('hour', {{ from_at }}) = from_hours.hour_started_at
    left join {{ calendar_hours }} as to_hours
        on
            timed.{{ calendar_column }} = to_hours.calendar
            and date_trunc('hour', {{ to_at }}) = to_hours.hour_started_at
{% endmacro %}
