{#-
    Runs as a build or a run begins. Says by an empty `marker`, the relation of
    `dim_build`, that the marts are unfinished until its turn comes, after all others;
    gives the run its number; and drops the selected incremental tables whose rows are
    not those that the definitions of today would give, so that they are built in full.
-#}
{% macro build_begun(marker) -%}
    {%- if execute and flags.WHICH in ("build", "run") -%}
        {%- set state = offpath.models_built() -%}
        {%- do adapter.create_schema(state) -%}
        {%- do run_query(
            "create table if not exists " ~ state ~ " (model varchar, revision bigint,"
            ~ " as_of timestamp, definition varchar, is_full boolean)"
        ) -%}
        {%- do adapter.cache_added(state) -%}
        {%- do run_query(
            "insert into " ~ state ~ " select '[run]', coalesce(max(revision), 0) + 1, "
            ~ offpath.as_of() ~ ", null, null from " ~ state
        ) -%}
        {#- Of each model its newest row and its newest full one are of use. -#}
        {%- do run_query(
            "delete from " ~ state ~ " as older using " ~ state ~ " as newer"
            ~ " where newer.model = older.model and newer.revision > older.revision"
            ~ " and (not older.is_full or coalesce(newer.is_full, true))"
        ) -%}
        {%- do offpath.drop_outdated() -%}
        {%- if load_relation(marker) is not none -%}
            delete from {{ marker }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{#- Drops the selected incremental tables that must be built in full, and says why. -#}
{% macro drop_outdated() -%}
    {%- set nodes = [] -%}
    {%- for node in graph.nodes.values() -%}
        {%- if node.unique_id in selected_resources
            and node.resource_type == "model"
            and node.package_name == "offpath"
            and node.config.materialized == "incremental" -%}
            {%- do nodes.append(node) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set reasons = {} -%}
    {%- for node in nodes -%}
        {%- set reason = offpath.reason_to_build_anew(node) -%}
        {%- if reason -%}
            {%- do reasons.update({node.unique_id: reason}) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for node in nodes -%}
        {%- set upstream = offpath.upstream_of(node) | select("in", reasons) | list -%}
        {%- if upstream or node.unique_id in reasons -%}
            {%- set relation = offpath.relation_of(node) -%}
            {%- set reason = reasons.get(node.unique_id)
                or upstream[0].split(".")[-1] ~ " is built in full" -%}
            {%- if relation is not none -%}
                {%- do log(node.name ~ " is built in full: " ~ reason, info=true) -%}
                {%- do adapter.drop_relation(relation) -%}
            {%- endif -%}
            {%- do run_query(
                "delete from " ~ offpath.models_built() ~ " where model = '" ~ node.name ~ "'"
            ) -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}


{#- The table of a node as it is in the warehouse; none where it is not. -#}
{% macro relation_of(node) -%}
    {{ return(adapter.get_relation(node.database, node.schema, node.alias)) }}
{%- endmacro %}


{#- Why the rows of an incremental model cannot be added to; none where they can. -#}
{% macro reason_to_build_anew(node) -%}
    {%- set built = offpath.built(node) -%}
    {%- if offpath.relation_of(node) is none -%}
        {{ return("it is missing") }}
    {%- elif built is none -%}
        {{ return("it is not known what it was built from") }}
    {%- endif -%}
    {%- set before = fromjson(built.definition) -%}
    {%- set now = offpath.definition_of(node) -%}
    {%- set changed = [] -%}
    {%- for name in (before.keys() | list + now.keys() | list) | unique | sort -%}
        {%- if before.get(name) != now.get(name) -%}
            {%- do changed.append(name) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if changed -%}
        {{ return("changed " ~ changed | join(", ")) }}
    {%- endif -%}
    {%- if run_query(
        "select cast('" ~ built.as_of ~ "' as timestamp) > " ~ offpath.as_of()
    ).rows[0][0] -%}
        {{ return("the clock went back from " ~ built.as_of) }}
    {%- endif -%}
    {%- for upstream in offpath.incremental_upstream_of(node) -%}
        {%- set upstream_built = offpath.built(upstream) -%}
        {%- if upstream_built is not none
            and (upstream_built.full_revision or 0) > built.revision -%}
            {{ return(upstream.name ~ " was built in full") }}
        {%- endif -%}
    {%- endfor -%}
    {{ return(none) }}
{%- endmacro %}
