{#-
    A condition: whether this incremental model computes a case anew, as an increment
    does with the cases of `int_cases_due` and a full build with all. The arguments are
    SQL expressions.
-#}
{% macro is_due(journey, case_id) -%}
    {%- if not execute -%}
        {%- do ref("int_cases_due") -%}
    {%- elif offpath.this_plan("reads_after") is none -%}
        1 = 1
    {%- else -%}
        ({{ journey }}, {{ case_id }}) in (
            select due.journey, due.case_id from {{ ref("int_cases_due") }} as due
        )
    {%- endif -%}
{%- endmacro %}
