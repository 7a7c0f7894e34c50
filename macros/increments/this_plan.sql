{#-
    A column of the row of `offpath_plan` of this model: what this run does with it,
    outside of a run what the last one did. None where it is null, or there is no plan,
    as in a unit test.
-#}
{% macro this_plan(column) -%}
    {#- A unit test has no table of its own. -#}
    {%- if execute and this is not none
        and load_relation(offpath.state_table("plan")) is not none -%}
        {%- set rows = run_query(
            "select " ~ column ~ " from " ~ offpath.state_table("plan")
            ~ " where node = '" ~ model.unique_id ~ "'"
        ).rows -%}
        {{ return(rows[0][0] if rows else none) }}
    {%- endif -%}
    {{ return(none) }}
{%- endmacro %}
