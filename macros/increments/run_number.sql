{#- The number of this run; 0 where nothing is built. -#}
{% macro run_number() -%}
    {%- if execute and load_relation(offpath.state_table("plan")) is not none -%}
        {{ return(run_query(
            "select coalesce(max(run_number), 0) from " ~ offpath.state_table("plan")
        ).rows[0][0] | int) }}
    {%- endif -%}
    {{ return(0) }}
{%- endmacro %}
