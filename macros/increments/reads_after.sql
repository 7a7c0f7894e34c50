{#-
    The number of the run after which this model reads what was classified, by the plan of
    this run, or outside of a run of the last one; none where it is built in full, as in a
    unit test.
-#}
{% macro reads_after() -%}
    {#- A unit test has no table of its own. -#}
    {%- if execute and this is not none
        and load_relation(offpath.state_table("plan")) is not none -%}
        {%- set rows = run_query(
            "select reads_after from " ~ offpath.state_table("plan")
            ~ " where node = '" ~ model.unique_id ~ "'"
        ).rows -%}
        {{ return(rows[0].reads_after if rows else none) }}
    {%- endif -%}
    {{ return(none) }}
{%- endmacro %}
