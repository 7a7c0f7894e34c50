{#-
    What will be true of a node after this run:

    - is_selected, is_increment: whether the run builds it, and by increments
    - own: digests of what decides its rows beside its parents (`own_definition`)
    - mark: those of all that it comes from, by label: all that decides its rows. A
      table that was built in full counts by the number of that run
    - run_number, full_run_number: the run that built it last, and the last one in full
    - reads_after: the run up to whose rows an incremental table was complete, so that
      it adds what later ones classified; null where it is built in full
    - complete_to: the run up to whose rows it is complete: an older one where something
      that it reads was left out

    What is not selected stays as `before`, its row of `offpath_builds`: a table with
    all that it was made from, a view with the rows that its parents have.
-#}
{% macro plan_of(node, is_selected, before, plans, run) -%}
    {%- set is_view = node.config.materialized in ("view", "ephemeral") -%}
    {%- set is_increment = offpath.is_increment(node) -%}
    {%- set label = node.resource_type ~ " " ~ node.name -%}
    {%- set own = offpath.own_definition(node, label, run.macros)
        if is_selected or node.config.materialized == "ephemeral"
        else fromjson(before.own or tojson({label: "unknown"})) -%}
    {%- set mark, complete_to = dict(own), [run.run_number] -%}
    {%- if is_selected or is_view -%}
        {%- for parent in node.depends_on.nodes if parent in plans -%}
            {%- set plan = plans[parent] -%}
            {#- Which cases are computed anew does not decide what is said of them. -#}
            {%- for part, digest in plan.mark.items()
                if plan.name != "int_cases_due" -%}
                {%- set both = mark.get(part, digest) ~ " and " ~ digest -%}
                {%- set versions = both.split(" and ") | unique | sort -%}
                {%- do mark.update({part: versions | join(" and ")}) -%}
            {%- endfor -%}
            {%- if plan.is_increment -%}
                {%- set number = plan.full_run_number | string -%}
                {%- do mark.update({"build of " ~ plan.name: number}) -%}
            {%- endif -%}
            {#- Classified rows lag behind nothing: they are compared with raw ones. -#}
            {%- if node.config.incremental_strategy != "by_landing" -%}
                {%- do complete_to.append(plan.complete_to | int) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- else -%}
        {%- do mark.update(fromjson(before.mark or "{}")) -%}
        {%- if node.resource_type != "seed" -%}
            {%- do complete_to.append(before.complete_to or 0) -%}
        {%- endif -%}
    {%- endif -%}
    {%- set is_added_to = is_increment and is_selected
        and not offpath.is_built_in_full(node, before, mark, plans) -%}
    {%- set reads_after = before.complete_to if is_added_to else "null" -%}
    {%- if node.name == "int_cases_due" -%}
        {%- set reads_after = run.cases_after if is_selected
            else before.reads_after or 0 -%}
    {%- endif -%}
    {{ return({
        "name": node.name,
        "is_selected": is_selected,
        "is_increment": is_increment,
        "own": own,
        "mark": mark,
        "run_number": run.run_number if is_selected else before.run_number or 0,
        "full_run_number": run.run_number if is_selected and not is_added_to
            else before.full_run_number or 0,
        "reads_after": reads_after,
        "complete_to": complete_to | min,
    }) }}
{%- endmacro %}
