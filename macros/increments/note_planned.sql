{#-
    Notes how this run is about to build each seed and model, as it begins: in the table
    `offpath_plan` (see `plan_of`), beside `offpath_builds`, which holds how each was
    built last. What gets its note only once the run has ended loses the former one, or
    it would be taken for known where the run is killed.
-#}
{% macro note_planned() -%}
    {%- set plan = offpath.state_table("plan") -%}
    {%- set builds = offpath.state_table("builds") -%}
    {%- do adapter.create_schema(plan) -%}
    {%- for table in [plan, builds] -%}
        {%- do run_query(
            "create table if not exists " ~ table
            ~ " (node varchar, as_of timestamp, run_number bigint,"
            ~ " full_run_number bigint, reads_after bigint, complete_to bigint,"
            ~ " own varchar, mark varchar)"
        ) -%}
        {%- do adapter.cache_added(table) -%}
    {%- endfor -%}
    {%- set plans = offpath.plan_of_run() -%}
    {#- What looked a table up has begun a transaction, which hooks roll back. -#}
    {%- call statement("plan") -%}
        delete from {{ plan }};
        {%- for node, row in plans.items() if row.is_selected %}
        insert into {{ plan }} values (
            '{{ node }}', {{ offpath.as_of() }}, {{ row.run_number }},
            {{ row.full_run_number }}, {{ row.reads_after }}, {{ row.complete_to }},
            '{{ tojson(row.own) | replace("'", "''") }}',
            '{{ tojson(row.mark) | replace("'", "''") }}'
        );
        {%- if flags.EMPTY or not row.is_increment %}
        delete from {{ builds }} where node = '{{ node }}';
        {%- endif %}
        {%- endfor %}
    {%- endcall -%}
    {%- do adapter.commit() -%}
{%- endmacro %}
