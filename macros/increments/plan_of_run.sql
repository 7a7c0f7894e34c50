{#-
    The plans (`plan_of`) of all that `dim_build` comes from, by unique id, each after
    what it comes from. `dbt retry` does not say what it builds: that is what the last
    run planned and did not build, and it must go on with the clock of that run.
-#}
{% macro plan_of_run() -%}
    {%- set known = offpath.state_rows("builds") -%}
    {%- set last = offpath.state_rows("plan") -%}
    {%- set selected, run_numbers = selected_resources or [], [0] -%}
    {%- for node, row in last.items() -%}
        {%- do run_numbers.append(row.run_number) -%}
        {%- if not selected_resources
            and known.get(node, {}).get("run_number") != row.run_number -%}
            {%- do selected.append(node) -%}
            {%- if row.is_of_another_clock -%}
                {%- do exceptions.raise_compiler_error(
                    "The run to take up is as of " ~ row.as_of ~ ": dbt retry"
                    ~ " --vars '{as_of: \"" ~ row.as_of ~ "\"}', or a whole build"
                ) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do run_numbers.extend(known.values() | map(attribute="run_number")) -%}
    {%- set run_number = run_numbers | max | int + 1 -%}
    {%- set run = {
        "run_number": run_number, "cases_after": run_number, "macros": {}
    } -%}
    {%- set last_model = graph.nodes["model.offpath.dim_build"] -%}
    {%- set nodes = offpath.upstream_first(last_model, {}) -%}
    {%- for id, node in nodes.items() if id in selected and id in known -%}
        {#- The cases to compute anew are those that some table lacks. -#}
        {%- if node.config.incremental_strategy == "by_case" -%}
            {%- set complete_to = [run.cases_after, known[id].complete_to | int] -%}
            {%- do run.update({"cases_after": complete_to | min}) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set plans = {} -%}
    {%- for id, node in nodes.items() -%}
        {%- do plans.update({id: offpath.plan_of(
            node, id in selected, known.get(id, {}), plans, run
        )}) -%}
    {%- endfor -%}
    {{ return(plans) }}
{%- endmacro %}
