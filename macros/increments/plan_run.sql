{#-
    Writes the plan of this run into `builds`: which incremental models add to the rows
    that they have, and which are built in full because those rows are not the ones that
    the definitions of today would give. Says why.
-#}
{% macro plan_run() -%}
    {%- set builds = offpath.builds() -%}
    {%- set selected = selected_resources or offpath.left_by_the_last_run() -%}
    {%- if flags.EMPTY -%}
        {%- do run_query(
            "delete from " ~ builds ~ " where node in ('" ~ selected | join("', '") ~ "')"
        ) -%}
    {%- endif -%}
    {%- set number = run_query(
        "select coalesce(max(run_number), 0) + 1 from " ~ builds
    ).rows[0][0] -%}
    {%- set known = offpath.last_builds() -%}
    {%- set digests = {} -%}
    {%- set plans = {} -%}
    {%- set rows = [] -%}
    {%- for node in offpath.watched_nodes() -%}
        {%- set is_selected = node.unique_id in selected -%}
        {%- set plan = offpath.plan_of(node, is_selected, number, known, plans, digests) -%}
        {%- do plans.update({node.unique_id: plan}) -%}
        {%- if is_selected -%}
            {%- do rows.append(
                "(" ~ number ~ ", '" ~ invocation_id ~ "', '" ~ node.unique_id ~ "', "
                ~ offpath.as_of() ~ ", '"
                ~ tojson(plan.definition, sort_keys=true) | replace("'", "''") ~ "', "
                ~ ("null" if plan.reads_after is none else plan.reads_after) ~ ", "
                ~ plan.complete_to ~ ", null)"
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if rows -%}
        {#- What looks a table up has begun a transaction, which a hook would roll back. -#}
        {%- call statement("plan") -%}
            insert into {{ builds }} values {{ rows | join(", ") }}
        {%- endcall -%}
        {%- do adapter.commit() -%}
    {%- endif -%}
{%- endmacro %}


{#-
    What `dbt retry` builds: it does not say so, but that is what the last run planned
    and did not build. It must go on with the clock of that run.
-#}
{% macro left_by_the_last_run() -%}
    {%- set left = run_query(
        "select node, max(as_of) as as_of, max(as_of) <> " ~ offpath.as_of()
        ~ " as is_of_another_clock from " ~ offpath.builds()
        ~ " where run_number = (select max(run_number) from " ~ offpath.builds() ~ ")"
        ~ " group by node having not max(coalesce(is_built, false))"
    ).rows -%}
    {%- if left and left[0].is_of_another_clock -%}
        {%- do exceptions.raise_compiler_error(
            "The run to take up is as of " ~ left[0].as_of ~ ": dbt retry --vars '{as_of: \""
            ~ left[0].as_of ~ "\"}', or a whole build"
        ) -%}
    {%- endif -%}
    {{ return(left | map(attribute="node") | list) }}
{%- endmacro %}


{#-
    The last build of each node and the number of its last full one, by unique id;
    `is_unsure` where a later run meant to build it and was killed.
-#}
{% macro last_builds() -%}
    {%- set found = {} -%}
    {%- for row in run_query(
        "select node, max(as_of) filter (where is_built) as as_of,"
        ~ " max_by(definition, run_number) filter (where is_built) as definition,"
        ~ " max_by(complete_to, run_number) filter (where is_built) as complete_to,"
        ~ " max(run_number) filter (where is_built and reads_after is null)"
        ~ " as full_run_number,"
        ~ " max(run_number) filter (where is_built is null)"
        ~ " > max(run_number) filter (where is_built) as is_unsure"
        ~ " from " ~ offpath.builds() ~ " group by node having max(is_built)"
    ).rows -%}
        {%- do found.update({row.node: {
            "as_of": row.as_of,
            "definition": fromjson(row.definition),
            "complete_to": row.complete_to,
            "full_run_number": row.full_run_number or 0,
            "is_unsure": row.is_unsure,
        }}) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}


{#-
    What will be true of a node after this run: its `definition`, `complete_to` and
    `reads_after` as in `builds`, and `is_full`. What is not selected stays as it is: a
    table with what it was made from, a view with the rows that its parents have.
-#}
{% macro plan_of(node, is_selected, number, known, plans, digests) -%}
    {%- set materialized = node.config.materialized -%}
    {%- set before = known.get(node.unique_id) -%}
    {%- set label = offpath.label_of(node) -%}
    {%- set definition = {} -%}
    {%- if is_selected or materialized == "ephemeral" -%}
        {%- do definition.update(offpath.definition_of(node, digests)) -%}
    {%- elif before and materialized == "view" -%}
        {%- for part, digest in before.definition.items() -%}
            {%- if part == label or part.startswith("macros of ") or part.startswith("var ") -%}
                {%- do definition.update({part: digest}) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- elif before -%}
        {%- do definition.update(before.definition) -%}
    {%- endif -%}
    {%- if not is_selected and before and before.is_unsure -%}
        {%- do definition.update({label: "unknown"}) -%}
    {%- endif -%}
    {%- if not is_selected and materialized not in ("view", "ephemeral") -%}
        {%- set complete_before = before.complete_to if before else 0 -%}
        {{ return({
            "is_full": false,
            "definition": definition,
            "complete_to": number if materialized == "seed" else complete_before,
        }) }}
    {%- endif -%}
    {%- set complete_to = [number] -%}
    {%- for parent in offpath.parents_of(node) -%}
        {%- set plan = plans[parent.unique_id] -%}
        {%- do offpath.add_definition(plan.definition, definition) -%}
        {#- Classified rows lag behind nothing: they are compared with the raw ones. -#}
        {%- if node.config.incremental_strategy != "by_landing" -%}
            {%- do complete_to.append(plan.complete_to) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set is_full = not offpath.is_increment(node)
        or offpath.is_built_in_full(node, before, definition, known, plans) -%}
    {{ return({
        "definition": definition,
        "is_full": is_full,
        "reads_after": none if is_full else before.complete_to,
        "complete_to": complete_to | min,
    }) }}
{%- endmacro %}


{#-
    Whether this run builds an incremental model in full; where it need not have been
    told so, says why. The old rows stay until the new ones take their place; only a
    table with other columns is dropped.
-#}
{% macro is_built_in_full(node, before, definition, known, plans) -%}
    {%- set relation = adapter.get_relation(node.database, node.schema, node.alias) -%}
    {%- if relation is none or flags.FULL_REFRESH or flags.EMPTY -%}
        {%- if relation is none and before -%}
            {%- do log(node.name ~ " is built in full: it is missing", info=true) -%}
        {%- endif -%}
        {{ return(true) }}
    {%- endif -%}
    {%- set reason = offpath.reason_to_build_in_full(node, before, definition, known, plans) -%}
    {%- if reason -%}
        {%- do log(node.name ~ " is built in full: " ~ reason, info=true) -%}
        {%- set columns = adapter.get_columns_in_relation(relation)
            | map(attribute="name") | list -%}
        {%- if node.columns | reject("in", columns) | list
            or (node.config.contract.enforced and columns | reject("in", node.columns) | list)
        -%}
            {%- do adapter.drop_relation(relation) -%}
        {%- endif -%}
    {%- endif -%}
    {{ return(reason is not none) }}
{%- endmacro %}


{#- Why the rows of an incremental model cannot be added to; none where they can. -#}
{% macro reason_to_build_in_full(node, before, definition, known, plans) -%}
    {%- if before is none -%}
        {{ return("it is not known what it was built from") }}
    {%- endif -%}
    {%- set changed = [] -%}
    {%- for label in (before.definition.keys() | list + definition.keys() | list) | unique | sort -%}
        {%- if before.definition.get(label) != definition.get(label)
            or "unknown" in definition[label].split(" and ") -%}
            {%- do changed.append(label) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if changed -%}
        {{ return("changed " ~ changed | join(", ")) }}
    {%- endif -%}
    {%- if run_query(
        "select cast('" ~ before.as_of ~ "' as timestamp) > " ~ offpath.as_of()
    ).rows[0][0] -%}
        {{ return("the clock went back from " ~ before.as_of) }}
    {%- endif -%}
    {%- set upstream = {} -%}
    {%- do offpath.add_upstream_first(node, upstream) -%}
    {%- for other in upstream.values() -%}
        {%- if offpath.is_increment(other) and other.name != node.name -%}
            {%- if plans[other.unique_id].is_full -%}
                {{ return(other.name ~ " is built in full") }}
            {%- elif known.get(other.unique_id, {}).get("full_run_number", 0)
                > before.complete_to -%}
                {{ return(other.name ~ " was built in full") }}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(none) }}
{%- endmacro %}
