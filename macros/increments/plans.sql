{#-
    The plan of this run: what will be true of each seed and model that `dim_build` comes
    from once the run is over, by unique id, each after what it comes from (`plan_of`).
-#}
{% macro plans() -%}
    {%- set known = {} -%}
    {%- for row in run_query("select * from " ~ offpath.state_table("builds")).rows -%}
        {%- do known.update({row.node: row.dict()}) -%}
    {%- endfor -%}
    {%- set run_number = run_query(
        "select coalesce(max(run_number), 0) + 1 from (select run_number from "
        ~ offpath.state_table("plan") ~ " union all select run_number from "
        ~ offpath.state_table("builds") ~ ") as runs"
    ).rows[0][0] | int -%}
    {%- set selected = selected_resources or offpath.left_by_the_last_run() -%}
    {#- The cases to compute anew are those that some table lacks. -#}
    {%- set complete_to = [run_number] -%}
    {%- for node in graph.nodes.values() -%}
        {%- if node.config.incremental_strategy == "by_case"
            and node.unique_id in selected and node.unique_id in known -%}
            {%- do complete_to.append(known[node.unique_id].complete_to | int) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set plans, digests = {}, {} -%}
    {%- for node in offpath.upstream_first(graph.nodes["model.offpath.dim_build"]) -%}
        {%- do plans.update({node.unique_id: offpath.plan_of(
            node,
            node.unique_id in selected,
            run_number,
            known.get(node.unique_id),
            plans,
            complete_to | min,
            digests,
        )}) -%}
    {%- endfor -%}
    {{ return(plans) }}
{%- endmacro %}
