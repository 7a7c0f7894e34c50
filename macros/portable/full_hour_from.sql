{#- The first full hour that is not before an instant. -#}
{% macro full_hour_from(instant) -%}
    {%- set hour = "date_trunc('hour', " ~ instant ~ ")" -%}
    {{ offpath.add_seconds(
        hour, "case when " ~ instant ~ " > " ~ hour ~ " then 3600 else 0 end"
    ) }}
{%- endmacro %}
