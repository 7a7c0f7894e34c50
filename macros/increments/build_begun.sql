{#-
    Runs as a build begins: says by an empty `marker`, the relation of `dim_build`, that
    the marts are unfinished until its turn comes, after all others, and plans the run.
-#}
{% macro build_begun(marker) -%}
    {%- if execute and flags.WHICH in offpath.commands_that_build() -%}
        {%- set builds = offpath.builds() -%}
        {%- do adapter.create_schema(builds) -%}
        {%- do run_query(
            "create table if not exists " ~ builds ~ " (run_number bigint,"
            ~ " invocation_id varchar, node varchar, as_of timestamp,"
            ~ " definition varchar, reads_after bigint, complete_to bigint,"
            ~ " is_built boolean)"
        ) -%}
        {%- do run_query(
            "create table if not exists " ~ offpath.landings_read() ~ " (row_kind varchar,"
            ~ " source_model varchar, journey varchar, landed_hour timestamp,"
            ~ " row_count bigint, landing_digest decimal(38, 0))"
        ) -%}
        {%- for table in [builds, offpath.landings_read()] -%}
            {%- do adapter.cache_added(table) -%}
        {%- endfor -%}
        {#- Of each node its newest build and its newest full one are of use. -#}
        {%- do run_query(
            "delete from " ~ builds ~ " as older using " ~ builds ~ " as newer"
            ~ " where newer.node = older.node and newer.run_number > older.run_number"
            ~ " and (not coalesce(older.is_built, false) or (newer.is_built"
            ~ " and (older.reads_after is not null or newer.reads_after is null)))"
        ) -%}
        {%- do offpath.plan_run() -%}
        {%- if flags.WHICH in ("build", "run") and load_relation(marker) is not none -%}
            delete from {{ marker.render() }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
