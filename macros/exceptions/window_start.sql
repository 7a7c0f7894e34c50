{#-
    The start, on the wall clock of a time zone, of the window of `seconds` that holds an
    instant. Windows of whole days are counted from Monday 5 January 1970, so that a week
    begins on a Monday, others from 1 January. The arguments are SQL expressions; null if one of them is.
-#}
{% macro window_start(instant, timezone, seconds) -%}
    {%- set counted_from = "case when " ~ seconds ~ " % 86400 = 0 then 345600 else 0 end"
    -%}
    {{ offpath.add_seconds(
        offpath.floor_to_seconds(
            offpath.add_seconds(
                offpath.utc_to_local(instant, timezone), "-(" ~ counted_from ~ ")"
            ),
            seconds
        ),
        counted_from
    ) }}
{%- endmacro %}
