{#-
    Whether the engine runs Python models: of the methods of dbt-spark, `session` alone
    (see `dbt_offpath`). `int_gate_verdicts` is enabled where it does.
-#}
{% macro runs_python_models() -%}
    {{ return(target.type != "spark" or target.method == "session") }}
{%- endmacro %}
