{#-
    Runs as a build begins: plans the run, and empties `marker`, the relation of
    `dim_build`, so that the marts count as unfinished until its turn comes, after all
    others.

    The table `offpath_builds` holds of each seed and model how it was built last, and
    `offpath_plan` how this run is about to build it; both are of one shape (see
    `plan_of`). What has its note once the run ends would be taken for whole where the
    run is killed, so that its former note goes now.
-#}
{% macro build_begun(marker) -%}
    {%- if execute and flags.WHICH in ("build", "run", "seed", "snapshot") -%}
        {%- set plan, builds = offpath.state_table("plan"), offpath.state_table("builds") -%}
        {%- do adapter.create_schema(plan) -%}
        {%- for table in [plan, builds] -%}
            {%- do run_query(
                "create table if not exists " ~ table ~ " (node varchar, as_of timestamp,"
                ~ " run_number bigint, full_run_number bigint, reads_after bigint,"
                ~ " complete_to bigint, own varchar, mark varchar)"
            ) -%}
            {%- do adapter.cache_added(table) -%}
        {%- endfor -%}
        {%- set plans = offpath.plans() -%}
        {%- set rows, noted_later = [], [] -%}
        {%- for node in plans if plans[node].is_selected -%}
            {%- set row = plans[node] -%}
            {%- do rows.append(
                "('" ~ node ~ "', " ~ offpath.as_of() ~ ", " ~ row.run_number ~ ", "
                ~ row.full_run_number ~ ", " ~ row.reads_after ~ ", " ~ row.complete_to
                ~ ", '" ~ tojson(row.own) | replace("'", "''") ~ "', '"
                ~ tojson(row.mark) | replace("'", "''") ~ "')"
            ) -%}
            {%- if flags.EMPTY or not offpath.is_increment(graph.nodes[node]) -%}
                {%- do noted_later.append(node) -%}
            {%- endif -%}
        {%- endfor -%}
        {#- What looks a table up has begun a transaction, which a hook would roll back. -#}
        {%- call statement("plan") -%}
            delete from {{ plan }};
            {%- if rows %}
            insert into {{ plan }} values {{ rows | join(", ") }};
            {%- endif %}
            delete from {{ builds }} where node in ('{{ noted_later | join("', '") }}')
        {%- endcall -%}
        {%- do adapter.commit() -%}
        {%- if flags.WHICH in ("build", "run") and load_relation(marker) is not none -%}
            delete from {{ marker.render() }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
