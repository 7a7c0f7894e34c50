{#-
    The class of a time in seconds, a bigint: 0 under 25 seconds, and two classes for
    each time that a minute more than it doubles, so that a class is as fine as what it
    is the class of is short. 0 where the time is below 0; null where it is null.
-#}
{% macro doubling_class(seconds) -%}
    cast(floor(2 * log2(greatest({{ seconds }}, 0) / 60.0e0 + 1)) as bigint)
{%- endmacro %}
