{#-
    What will be true of a node after this run, a dictionary of

    - is_selected: whether the run builds it
    - own: digests of what decides its rows beside its parents, by label: its file, the
      macros, the vars; of a seed, its rows
    - mark: those of all that it comes from, so all that decides its rows. A table that is
      built in full has another number for all that read it
    - run_number, full_run_number: the run that built it last, and the last one in full
    - reads_after: the run up to whose rows an incremental model was complete, so that it
      adds what later runs classified; null where it is built in full
    - complete_to: the run up to whose rows it is complete: an older one than this where
      something that it reads was left out

    What is not selected stays as `before`, its row of `offpath_builds`: a table with all
    that it was made from, a view with the rows that its parents have.
-#}
{% macro plan_of(node, is_selected, run_number, before, plans, cases_after, digests) -%}
    {%- set is_view = node.config.materialized in ("view", "ephemeral") -%}
    {%- set label = node.resource_type ~ " " ~ node.name -%}
    {%- set own = {label: "unknown"} -%}
    {%- if is_selected or node.config.materialized == "ephemeral" -%}
        {%- set own = offpath.own_definition(node, label, digests) -%}
    {%- elif before -%}
        {%- set own = fromjson(before.own) -%}
    {%- endif -%}
    {%- set mark = fromjson(before.mark) if before and not (is_selected or is_view) else {} -%}
    {%- do mark.update(own) -%}
    {%- set complete_to = [run_number if is_selected or is_view or node.resource_type == "seed"
        else (before.complete_to if before else 0)] -%}
    {%- if is_selected or is_view -%}
        {%- for parent in offpath.parents_of(node) -%}
            {%- set plan = plans[parent.unique_id] -%}
            {#- Which cases are computed anew does not decide what is said of them. -#}
            {%- for part, digest in plan.mark.items() if parent.name != "int_cases_due" -%}
                {#- What comes from two versions is of both. -#}
                {%- set versions = (mark.get(part, digest) ~ " and " ~ digest).split(" and ") -%}
                {%- do mark.update({part: versions | unique | sort | join(" and ")}) -%}
            {%- endfor -%}
            {%- if offpath.is_increment(parent) -%}
                {%- do mark.update({"build of " ~ parent.name: plan.full_run_number ~ ""}) -%}
            {%- endif -%}
            {#- Classified rows lag behind nothing: they are compared with the raw ones. -#}
            {%- if node.config.incremental_strategy != "by_landing" -%}
                {%- do complete_to.append(plan.complete_to | int) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {%- set is_added_to = is_selected and offpath.is_increment(node)
        and offpath.is_added_to(node, before, mark, plans) -%}
    {%- set reads_after = before.complete_to if is_added_to else "null" -%}
    {%- if node.name == "int_cases_due" -%}
        {%- set reads_after = cases_after if is_selected
            else (before.reads_after if before else run_number) -%}
    {%- endif -%}
    {{ return({
        "is_selected": is_selected,
        "own": own,
        "mark": mark,
        "run_number": run_number if is_selected or not before else before.run_number,
        "full_run_number": run_number if is_selected and not is_added_to
            else (before.full_run_number if before else run_number),
        "reads_after": reads_after,
        "complete_to": complete_to | min,
    }) }}
{%- endmacro %}
