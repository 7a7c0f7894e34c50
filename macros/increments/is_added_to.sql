{#-
    Whether this run adds to the rows of an incremental table: the definitions of today
    would give them too (its mark is the same), the clock has not gone back, and
    `int_cases_due` knows of all cases that it lacks. Where it need not have been told so,
    says why it is built in full. Old rows stay until the new ones take their place; only
    a table with other columns is dropped.
-#}
{% macro is_added_to(node, before, mark, plans) -%}
    {%- set relation = adapter.get_relation(node.database, node.schema, node.alias) -%}
    {%- if flags.FULL_REFRESH or flags.EMPTY or (relation is none and not before) -%}
        {{ return(false) }}
    {%- endif -%}
    {%- set changed, edited = [], [] -%}
    {%- if before -%}
        {%- set was = fromjson(before.mark) -%}
        {%- for label in (was.keys() | list + mark.keys() | list) | unique | sort -%}
            {%- if was.get(label) != mark.get(label)
                or "unknown" in mark[label].split(" and ") -%}
                {%- do changed.append(label) -%}
                {%- if not label.startswith("build of ") %}{% do edited.append(label) %}{% endif -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {%- set due = plans.get("model.offpath.int_cases_due", {}) -%}
    {%- set reason = none -%}
    {%- if relation is none -%}
        {%- set reason = "it is missing" -%}
    {%- elif not before -%}
        {%- set reason = "it is not known what it was built from" -%}
    {%- elif edited -%}
        {%- set reason = "changed " ~ edited | join(", ") -%}
    {%- elif run_query("select cast('" ~ before.as_of ~ "' as timestamp) > "
        ~ offpath.as_of()).rows[0][0] -%}
        {%- set reason = "the clock went back from " ~ before.as_of -%}
    {%- elif changed -%}
        {%- set reason = changed | join(", ") ~ " in full" -%}
    {%- elif node.config.incremental_strategy == "by_case"
        and (due.reads_after > before.complete_to
            or (not due.is_selected and due.run_number > before.run_number)) -%}
        {%- set reason = "int_cases_due does not know of all cases that it lacks" -%}
    {%- endif -%}
    {%- if reason -%}
        {%- do log(node.name ~ " is built in full: " ~ reason, info=true) -%}
        {%- set columns = adapter.get_columns_in_relation(relation)
            | map(attribute="name") | list if relation else [] -%}
        {%- if columns and (node.columns | reject("in", columns) | list
            or (node.config.contract.enforced and columns | reject("in", node.columns) | list)) -%}
            {%- do adapter.drop_relation(relation) -%}
        {%- endif -%}
    {%- endif -%}
    {{ return(reason is none) }}
{%- endmacro %}
