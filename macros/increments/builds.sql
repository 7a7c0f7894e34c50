{#-
    What was built from what, in the table `offpath_builds` beside the classified rows,
    whatever the target. A run begins with one row for each node that it is about to
    build and that an incremental model comes from, and adds the same row with
    `is_built` once the node is built.

    - run_number: number of the run, from 1.
    - invocation_id: the run, as dbt names it.
    - node: unique id of the seed or model.
    - as_of: the clock of the run.
    - definition: names and digests of the seeds, models, vars and macros that the node
      comes from, as they were built: a JSON object.
    - reads_after: number of the run up to whose rows an incremental model was complete
      before this one, so that it reads what later runs classified; null where it is
      built in full.
    - complete_to: number of the run up to whose rows the node is complete once built:
      an older one than this where something that it reads was left out.
    - is_built: whether the node was built; null for the plan, for as long as the run has
      not ended.
-#}
{% macro builds() -%}
    {{ return(offpath.beside_classified_rows("offpath_builds")) }}
{%- endmacro %}


{#-
    What the classified rows have read, in the table `offpath_landings_read`: as
    `int_landings`, of the raw rows that they hold.
-#}
{% macro landings_read() -%}
    {{ return(offpath.beside_classified_rows("offpath_landings_read")) }}
{%- endmacro %}


{% macro beside_classified_rows(identifier) -%}
    {#- A unit test has no graph, and builds on nothing. -#}
    {%- set beside = graph.get("nodes", {}).get("model.offpath.int_events_classified", target) -%}
    {{ return(api.Relation.create(
        database=beside.database,
        schema=beside.schema,
        identifier=identifier,
        type="table",
    )) }}
{%- endmacro %}


{% macro commands_that_build() -%}
    {{ return(["build", "run", "seed", "snapshot"]) }}
{%- endmacro %}


{#- The plan of this run for this model; outside of a run the newest one, or none. -#}
{% macro plan_of_this_model() -%}
    {#- A unit test has no table of its own. -#}
    {%- if not execute or this is none or load_relation(offpath.builds()) is none -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set rows = run_query(
        "select invocation_id, run_number, reads_after from " ~ offpath.builds()
        ~ " where node = '" ~ model.unique_id ~ "' order by run_number desc limit 1"
    ).rows -%}
    {%- if flags.WHICH in ("build", "run")
        and (not rows or rows[0].invocation_id != invocation_id) -%}
        {%- do exceptions.raise_compiler_error(
            model.name ~ " is not in the plan of this run: macro build_begun must run first,"
            ~ " as a hook on-run-start"
        ) -%}
    {%- endif -%}
    {{ return(rows[0] if rows else none) }}
{%- endmacro %}


{#- The number of this run; 0 where nothing is built. -#}
{% macro run_number() -%}
    {%- set plan = offpath.plan_of_this_model() -%}
    {{ return(plan.run_number if plan else 0) }}
{%- endmacro %}


{#-
    The number of the run after which this model reads; none where it is built in full,
    as in a unit test.
-#}
{% macro reads_after() -%}
    {%- set plan = offpath.plan_of_this_model() -%}
    {%- if plan and is_incremental() -%}
        {{ return(plan.reads_after) }}
    {%- endif -%}
    {{ return(none) }}
{%- endmacro %}


{#- Runs after each model is built: notes an incremental one, with its rows or not at all. -#}
{% macro model_built() -%}
    {%- if execute and offpath.is_increment(model) -%}
        {%- if model.config.incremental_strategy == "by_landing"
            and offpath.reads_after() is none -%}
            delete from {{ offpath.landings_read() }}
            where row_kind = '{{ model.config.meta.row_kind }}';
            {{ offpath.note_landings_read("1 = 1") }};
        {%- endif -%}
        {{ offpath.note_built([model.unique_id]) }}
    {%- endif -%}
{%- endmacro %}


{#- Runs as a run ends: notes what else was built. -#}
{% macro build_ended(results) -%}
    {%- if execute and flags.WHICH in offpath.commands_that_build() -%}
        {%- set built = [] -%}
        {%- for result in results -%}
            {%- if result.status == "success" and not offpath.is_increment(result.node) -%}
                {%- do built.append(result.node.unique_id) -%}
            {%- endif -%}
        {%- endfor -%}
        {{ offpath.note_built(built) }};
        update {{ offpath.builds() }} set is_built = false
        where invocation_id = '{{ invocation_id }}' and is_built is null
    {%- endif -%}
{%- endmacro %}


{#- What is built without rows (`--empty`) is not noted, so that it is built again. -#}
{% macro note_built(unique_ids) -%}
    {%- if not flags.EMPTY %}
    insert into {{ offpath.builds() }}
    select * replace (true as is_built)

    from {{ offpath.builds() }}
    where
        invocation_id = '{{ invocation_id }}'
        and node in ('{{ unique_ids | join("', '") }}')
    {%- endif -%}
{%- endmacro %}


{#- A condition: whether all incremental models were last built by the clock of this run. -#}
{% macro is_of_one_clock() -%}
    {%- if execute and this is not none and load_relation(offpath.builds()) is not none -%}
        not exists (
            select 1 from {{ offpath.builds() }}
            where node in (
                '{{ offpath.increments() | map(attribute="unique_id") | join("', '") }}'
            )
            group by node
            having max_by(as_of, run_number) filter (where is_built) <> {{ offpath.as_of() }}
        )
    {%- else -%}
        1 = 1
    {%- endif -%}
{%- endmacro %}
