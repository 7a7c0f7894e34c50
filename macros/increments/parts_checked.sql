{#-
    Fails with a sentence where what the last model, `dim_build`, comes from is no one
    build: a part was built as of another instant, is there and not known to be whole,
    or is older than what it is made from. What this run builds is of this run.
-#}
{% macro parts_checked(last_model) -%}
    {%- set built, planned, custom = {}, [], [] -%}
    {%- for row in run_query("select node, as_of, run_number, as_of <> "
        ~ offpath.as_of() ~ " as is_of_another_clock from "
        ~ offpath.state_table("builds")).rows -%}
        {%- do built.update({row.node: row}) -%}
    {%- endfor -%}
    {%- for row in run_query(
        "select node, run_number from " ~ offpath.state_table("plan")).rows -%}
        {%- do planned.append(row.node) -%}
        {%- do built.update({row.node: row}) -%}
    {%- endfor -%}
    {%- for family in offpath.exception_families().values() if not family.parameters -%}
        {%- do custom.extend(family.models) -%}
    {%- endfor -%}
    {%- set others, missing, stale = [], [], [] -%}
    {%- for id, node in offpath.upstream_first(last_model, {}).items()
        if node.resource_type == "model" and id not in planned
        and node.config.materialized != "ephemeral" -%}
        {%- set row = built.get(id) -%}
        {#- Staging knows no clock. -#}
        {%- set knows_clock = node.name in custom
            or (node.package_name == "offpath" and "staging" not in node.fqn) -%}
        {%- if row is none -%}
            {#- What is not there at all, nobody takes for a part of this build. -#}
            {%- if adapter.get_relation(node.database, node.schema, node.alias) -%}
                {%- do missing.append(node.name) -%}
            {%- endif -%}
        {%- elif knows_clock and row.is_of_another_clock -%}
            {%- do others.append(node.name ~ " as of " ~ row.as_of) -%}
        {%- else -%}
            {%- for parent in node.depends_on.nodes
                if parent in built and parent.startswith("model.")
                and built[parent].run_number > row.run_number
                and node.name not in stale -%}
                {%- do stale.append(node.name) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for found, are in [
        (others, "are of more than one clock, the build's being " ~ offpath.as_of()),
        (missing, "are not whole: not built, or not to the end"),
        (stale, "are of several runs: older than what they are made from"),
    ] if found -%}
        {{ exceptions.raise_compiler_error(
            "the marts " ~ are ~ ": " ~ found[0]
            ~ (" and " ~ (found | length - 1) ~ " more" if found | length > 1)
            ~ ". A whole `dbt build` makes them one, or the runs of the parts, each"
            ~ " after what it is made from, with one --vars '{as_of: …}'"
        ) }}
    {%- endfor -%}
{%- endmacro %}
