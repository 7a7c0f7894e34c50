{#-
    The start of the window of `seconds` that holds an instant: of whole days on the
    wall clock of a time zone, counted from Monday 5 January 1970, so that a week begins
    on a Monday; of others in UTC, counted from 1 January 1970. The arguments are SQL
    expressions; null if one of them is.
-#}
{% macro window_start(instant, timezone, seconds) -%}
    {%- set monday = 345600 -%}
    case
        when {{ seconds }} % 86400 = 0
            then
                {{ offpath.add_seconds(
                    offpath.floor_to_seconds(
                        offpath.add_seconds(
                            offpath.utc_to_local(instant, timezone), -monday
                        ),
                        seconds
                    ),
                    monday
                ) }}
        else {{ offpath.floor_to_seconds(instant, seconds) }}
    end
{%- endmacro %}
