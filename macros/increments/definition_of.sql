{#-
    Labels and digests of what decides the rows of a node beside its parents: its file,
    the macros of the packages that it uses, the vars of this project. `digests` keeps
    those of macros from node to node.
-#}
{% macro definition_of(node, digests) -%}
    {%- set definition = {offpath.label_of(node): offpath.digest_of(node)} -%}
    {%- for macro_id in node.depends_on.macros -%}
        {%- set package = macro_id.split(".")[1] -%}
        {%- if package not in ("dbt", "dbt_duckdb") -%}
            {%- if package not in digests -%}
                {%- do digests.update({package: offpath.digest_of_macros(package)}) -%}
            {%- endif -%}
            {%- do definition.update({"macros of " ~ package: digests[package]}) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if node.package_name == "offpath" -%}
        {%- for name in [
            "event_models",
            "case_models",
            "promise_models",
            "earliest_occurred_at",
            "calendar_horizon_days",
        ] -%}
            {%- do definition.update({"var " ~ name: var(name) | string}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(definition) }}
{%- endmacro %}


{% macro label_of(node) -%}
    {{ return(node.resource_type ~ " " ~ node.name) }}
{%- endmacro %}


{#- Adds a definition to another; what was built from two versions is of both. -#}
{% macro add_definition(definition, to) -%}
    {%- for label, digest in definition.items() -%}
        {%- if to.get(label, digest) != digest -%}
            {%- set versions = to[label].split(" and ") + digest.split(" and ") -%}
            {%- do to.update({label: versions | unique | sort | join(" and ")}) -%}
        {%- else -%}
            {%- do to.update({label: digest}) -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}


{#- A digest of the file of a node; of a large seed, dbt has the digest of its path. -#}
{% macro digest_of(node) -%}
    {%- if node.checksum.name != "path" -%}
        {{ return(node.checksum.checksum[:12]) }}
    {%- endif -%}
    {{ return(run_query(
        "select md5(content)[:12] from read_text('"
        ~ node.root_path ~ "/" ~ node.original_file_path ~ "')"
    ).rows[0][0]) }}
{%- endmacro %}


{#-
    A digest of the text of a package's macros, as its folder has them now. Where it
    cannot be found, `unknown`: what uses them is built in full each time.
-#}
{% macro digest_of_macros(package) -%}
    {%- set project = invocation_args_dict.project_dir -%}
    {%- set folder = project ~ "/macros" -%}
    {%- if package != project_name -%}
        {%- set installed = run_query(
            "select regexp_extract(content,"
            ~ " '(?m)^packages-install-path: *[\"'']?([^\"''# \n]+)', 1)"
            ~ " from read_text('" ~ project ~ "/dbt_project.yml')"
        ).rows[0][0] or "dbt_packages" -%}
        {%- set folder = installed ~ "/" ~ package ~ "/macros" -%}
        {%- if not installed.startswith("/") -%}
            {%- set folder = project ~ "/" ~ folder -%}
        {%- endif -%}
    {%- endif -%}
    {{ return(run_query(
        "select md5(string_agg(content, '' order by filename))[:12] from read_text('"
        ~ folder ~ "/**/*.sql')"
    ).rows[0][0] or "unknown") }}
{%- endmacro %}
