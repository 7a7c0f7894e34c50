{#-
    The hour in which a row landed, a timestamp; of rows that do not say when they
    landed, the last hour of all.
-#}
{% macro landing_hour(loaded_at) -%}
    coalesce(date_trunc('hour', {{ loaded_at }}), timestamp '9999-12-31 23:00:00')
{%- endmacro %}
