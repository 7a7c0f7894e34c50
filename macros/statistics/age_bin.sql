{#-
    The bin of an age in seconds, so that ages within about one in a hundred of each
    other share one, whatever their length; below 0, and where it is unknown, that of 0.
-#}
{% macro age_bin(seconds) -%}
    floor(100 * ln(1 + greatest({{ seconds }}, 0)))
{%- endmacro %}
