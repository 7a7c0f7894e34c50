{#-
    The class of the seconds that are left until a deadline, a bigint: as
    `doubling_class`, -1 where it has passed, and -2 where there is none.
-#}
{% macro left_class(seconds) -%}
    case
        when {{ seconds }} is null then -2
        when {{ seconds }} <= 0 then -1
        else {{ offpath.doubling_class(seconds) }}
    end
{%- endmacro %}
