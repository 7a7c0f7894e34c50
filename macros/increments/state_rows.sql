{#-
    The rows of `offpath_<name>` as dictionaries, by node, each with `is_ahead` and
    `is_of_another_clock`: whether its clock is later than that of this run, or another.
-#}
{% macro state_rows(name) -%}
    {%- set rows = {} -%}
    {%- for row in run_query(
        "select *, as_of > " ~ offpath.as_of() ~ " as is_ahead, as_of <> "
        ~ offpath.as_of() ~ " as is_of_another_clock from " ~ offpath.state_table(name)
    ).rows -%}
        {%- do rows.update({row.node: row.dict()}) -%}
    {%- endfor -%}
    {{ return(rows) }}
{%- endmacro %}
