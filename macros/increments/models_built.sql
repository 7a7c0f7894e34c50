{#-
    What was built when: one row each time an incremental model is built, in the table
    `offpath_models_built` beside the classified rows, whatever the target, and one a run
    for `[run]`.

    - model: name of the model, or `[run]`.
    - revision: number of the run, from 1; of a model, that of the oldest of the
      incremental models that it reads, so that what they still lack is not passed over.
    - as_of: the clock of that build.
    - definition: names and digests of the seeds, models, vars and macros it comes from.
    - is_full: whether it was built in full, not as an increment.
-#}
{% macro models_built() -%}
    {#- A unit test has no graph, and builds on nothing. -#}
    {%- set beside = graph.get("nodes", {}).get("model.offpath.int_events_classified", target) -%}
    {{ return(api.Relation.create(
        database=beside.database,
        schema=beside.schema,
        identifier="offpath_models_built",
        type="table",
    )) }}
{%- endmacro %}


{#- The number of this run; 0 where nothing is built, as in a first `dbt compile`. -#}
{% macro revision() -%}
    {%- if execute and load_relation(offpath.models_built()) is not none -%}
        {{ return(
            run_query("select max(revision) from " ~ offpath.models_built()).rows[0][0]
            or 0
        ) }}
    {%- endif -%}
    {{ return(0) }}
{%- endmacro %}


{#- The newest row of a model with the revision of its last full build; none without. -#}
{% macro built(node) -%}
    {%- if load_relation(offpath.models_built()) is none -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set rows = run_query(
        "select max(revision) as revision, max(as_of) as as_of,"
        ~ " max_by(definition, revision) as definition,"
        ~ " max(case when is_full then revision end) as full_revision"
        ~ " from " ~ offpath.models_built()
        ~ " where model = '" ~ node.name ~ "' having count(*) > 0"
    ).rows -%}
    {{ return(rows[0] if rows else none) }}
{%- endmacro %}


{#- Unique ids of all that a node comes from: models and seeds, the nearest first. -#}
{% macro upstream_of(node) -%}
    {%- set found = node.depends_on.nodes | list -%}
    {%- for unique_id in found -%}
        {#- The list grows while it is walked. -#}
        {%- for further in graph.nodes.get(unique_id, {}).get("depends_on", {}).get("nodes", []) -%}
            {%- if further not in found -%}
                {%- do found.append(further) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}


{#- The incremental models of this project that a node comes from, as nodes. -#}
{% macro incremental_upstream_of(node) -%}
    {%- set found = [] -%}
    {%- for unique_id in offpath.upstream_of(node) -%}
        {%- set upstream = graph.nodes.get(unique_id) -%}
        {%- if upstream
            and upstream.package_name == "offpath"
            and upstream.config.materialized == "incremental" -%}
            {%- do found.append(upstream) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}


{#-
    Names and digests of what decides the rows of a node, as a dictionary. A seed is
    loaded whole, so that raw rows in one are read in full where the file has changed.
-#}
{% macro definition_of(node) -%}
    {%- set parts = {"macros": offpath.digest_of_macros()} -%}
    {%- do parts.update({node.name: offpath.digest_of(node)}) -%}
    {%- for name in [
        "event_models", "case_models", "promise_models", "earliest_occurred_at"
    ] -%}
        {%- do parts.update({"var " ~ name: var(name) | string}) -%}
    {%- endfor -%}
    {%- for unique_id in offpath.upstream_of(node) -%}
        {%- set upstream = graph.nodes.get(unique_id) -%}
        {%- if upstream -%}
            {%- do parts.update({
                upstream.resource_type ~ " " ~ upstream.name: offpath.digest_of(upstream)
            }) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(parts) }}
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


{#- A digest of the text of this project's macros, as the working folder has them. -#}
{% macro digest_of_macros() -%}
    {%- set folder = "macros" if project_name == "offpath" else "dbt_packages/offpath/macros" -%}
    {{ return(run_query(
        "select md5(string_agg(content, '' order by filename))[:12] from read_text('"
        ~ folder ~ "/**/*.sql')"
    ).rows[0][0] or "") }}
{%- endmacro %}


{#- Runs after each model is built: notes an incremental one in `models_built`. -#}
{% macro model_built() -%}
    {%- if execute and model.config.materialized == "incremental" -%}
        {%- set revisions = [] -%}
        {%- for upstream in offpath.incremental_upstream_of(model) -%}
            {%- set upstream_built = offpath.built(upstream) -%}
            {%- do revisions.append(upstream_built.revision if upstream_built else 0) -%}
        {%- endfor -%}
        insert into {{ offpath.models_built() }}
        values (
            '{{ model.name }}',
            {{ revisions | min if revisions else offpath.revision() }},
            {{ offpath.as_of() }},
            '{{ tojson(offpath.definition_of(model), sort_keys=true) | replace("'", "''") }}',
            {{ flags.FULL_REFRESH or offpath.built(model) is none }}
        )
    {%- endif -%}
{%- endmacro %}
