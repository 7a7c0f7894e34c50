{#-
    Whether this run builds an incremental table in full, and not adds to it: the
    definitions of today would give other rows (another mark), the clock went back, or
    `int_cases_due` does not know of all cases that it lacks. Says why where the run was
    not told so. Old rows stay until new ones take their place; only a table with other
    columns is dropped.
-#}
{% macro is_built_in_full(node, before, mark, plans) -%}
    {%- set relation = adapter.get_relation(node.database, node.schema, node.alias) -%}
    {%- do offpath.archive_kept(node, before) -%}
    {%- if flags.FULL_REFRESH or flags.EMPTY or (relation is none and not before) -%}
        {{ return(true) }}
    {%- endif -%}
    {%- set was, edited, rebuilt = fromjson(before.mark or "{}"), [], [] -%}
    {%- for label in (was.keys() | list + mark.keys() | list) | unique | sort -%}
        {%- if was.get(label) != mark.get(label)
            or "unknown" in mark[label].split(" and ") -%}
            {%- set kind = rebuilt if label.startswith("build of ") else edited -%}
            {%- do kind.append(label) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set due = plans.get("model.offpath.int_cases_due") -%}
    {%- set reason = none -%}
    {%- if relation is none -%}
        {%- set reason = "it is missing" -%}
    {%- elif not before -%}
        {%- set reason = "it is not known what it was built from" -%}
    {%- elif edited -%}
        {%- set reason = "changed " ~ edited | join(", ") -%}
    {%- elif before.is_ahead -%}
        {%- set reason = "the clock went back from " ~ before.as_of -%}
    {%- elif rebuilt -%}
        {%- set reason = rebuilt | join(", ") ~ " is another" -%}
    {%- elif node.config.incremental_strategy == "by_case" and (
        due.reads_after > before.complete_to
        or (not due.is_selected and (due.run_number != before.run_number
            or before.is_of_another_clock))) -%}
        {%- set reason = "int_cases_due does not know of all cases that it lacks" -%}
    {%- endif -%}
    {%- if reason -%}
        {%- do log(node.name ~ " is built in full: " ~ reason, info=true) -%}
        {%- set columns = adapter.get_columns_in_relation(relation)
            | map(attribute="name") | list if relation else [] -%}
        {%- set gone = columns | reject("in", node.columns) | list
            if node.config.contract.enforced else [] -%}
        {%- set added = node.columns | reject("in", columns) | list
            if columns else [] -%}
        {%- if node.config.meta.row_kind and offpath.raw_kept_from() -%}
            {#- What is archived in it is nowhere else. -#}
            {%- set contract = offpath.contract(node.config.meta.row_kind) -%}
            {%- for column in added if column in contract -%}
                {%- do run_query("alter table " ~ relation ~ " add column " ~ column
                    ~ " " ~ contract[column].type) -%}
            {%- endfor -%}
            {%- for column in gone -%}
                {%- do run_query("alter table " ~ relation ~ " drop column "
                    ~ column) -%}
            {%- endfor -%}
        {%- elif gone or added -%}
            {%- do adapter.drop_relation(relation) -%}
        {%- endif -%}
    {%- endif -%}
    {{ return(reason is not none) }}
{%- endmacro %}
