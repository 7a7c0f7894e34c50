{#-
    Digests, by label, of what decides the rows of a node beside its parents: its file;
    of a model also the macros of the packages that it uses, and every var but the
    clock. `digests` keeps those of macros from node to node.
-#}
{% macro own_definition(node, label, digests) -%}
    {%- set definition = {label: node.checksum.checksum[:12]} -%}
    {%- if node.checksum.name == "path" -%}
        {#- Of a large seed, dbt knows the path alone. -#}
        {%- do definition.update({label: run_query(
            "select md5(content)[:12] from read_text('"
            ~ node.root_path ~ "/" ~ node.original_file_path ~ "')"
        ).rows[0][0]}) -%}
    {%- endif -%}
    {%- if node.resource_type == "model" -%}
        {%- for macro_id in node.depends_on.macros -%}
            {%- set package = macro_id.split(".")[1] -%}
            {%- if package not in ("dbt", "dbt_duckdb") -%}
                {%- if package not in digests -%}
                    {%- set texts = context[package].values()
                        | map(attribute="macro.macro_sql") | sort | join -%}
                    {%- do digests.update({package: local_md5(texts)[:12]}) -%}
                {%- endif -%}
                {%- do definition.update({"macros of " ~ package: digests[package]}) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- set values = {} -%}
        {%- for project in var.packages_for_node() -%}
            {%- do values.update(project.vars.vars) -%}
        {%- endfor -%}
        {%- do values.update(invocation_args_dict.vars) -%}
        {%- for name, value in values.items() if name != "as_of" -%}
            {%- do definition.update({"var " ~ name: value | string}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(definition) }}
{%- endmacro %}
