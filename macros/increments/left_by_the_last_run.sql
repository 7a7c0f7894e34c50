{#-
    What `dbt retry` builds: it does not say so, but that is what the last run planned and
    did not build. It must go on with the clock of that run.
-#}
{% macro left_by_the_last_run() -%}
    {%- set left = run_query(
        "select plan.node, plan.as_of, plan.as_of <> " ~ offpath.as_of()
        ~ " as is_of_another_clock from " ~ offpath.state_table("plan") ~ " as plan"
        ~ " left join " ~ offpath.state_table("builds") ~ " as builds"
        ~ " on plan.node = builds.node and plan.run_number = builds.run_number"
        ~ " where builds.node is null"
    ).rows -%}
    {%- if left and left[0].is_of_another_clock -%}
        {%- do exceptions.raise_compiler_error(
            "The run to take up is as of " ~ left[0].as_of ~ ": dbt retry --vars '{as_of: \""
            ~ left[0].as_of ~ "\"}', or a whole build"
        ) -%}
    {%- endif -%}
    {{ return(left | map(attribute="node") | list) }}
{%- endmacro %}
