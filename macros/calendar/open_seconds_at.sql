{#-
    Open seconds of a calendar from the start of its span to an instant, given the row
    of `int_calendar_hours` that holds the instant, joined as `hours`; null if there is
    no such row. Fractions of a second are dropped.
-#}
{% macro open_seconds_at(hours, instant) -%}
    {%- set minute = "minute(" ~ instant ~ ")" -%}
    {%- set mask = hours ~ ".open_minutes & " -%}
    {%- set minutes_before = mask ~ offpath.low_bits(minute) -%}
    {%- set minutes_until = mask ~ offpath.low_bits(minute ~ " + 1") -%}
    (
        {{ hours }}.open_seconds_before
        + cast(bit_count({{ minutes_before }}) as bigint) * 60
        + case
            when ({{ minutes_until }}) > ({{ minutes_before }})
                then second({{ instant }})
            else 0
        end
    )
{%- endmacro %}
