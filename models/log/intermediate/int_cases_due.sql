-- The tables that the clock moves come after this one, and are asked as the last build
-- left them.
{% set reads_after = offpath.this_plan("reads_after") %}
{% set moved = {} %}
{% if execute and reads_after is not none %}
{% set added_to = run_query(
    "select node from " ~ offpath.state_table("plan") ~ " where reads_after is not null"
).columns[0].values() %}
{% for node in graph.nodes.values() %}
{% if node.unique_id in added_to and node.config.meta.moved_by_clock %}
{% do moved.update({
    adapter.get_relation(node.database, node.schema, node.alias):
        node.config.meta.moved_by_clock
}) %}
{% endif %}
{% endfor %}
{% endif %}

with

cases_due as (

    {% for kind in ["events", "cases", "promises"] %}
    select
        journey,
        case_id

    from {{ ref("int_" ~ kind ~ "_classified") }}
    where
        run_number > {{ reads_after or 0 }}
        and quarantine_reason is null
    {{ "union" if not loop.last }}
    {% endfor %}
    {% for relation, condition in moved.items() %}
    union
    select
        journey,
        case_id

    from {{ relation }}
    where {{ condition }}
    {% endfor %}

)

select * from cases_due
