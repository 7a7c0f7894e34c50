-- Built last, and emptied when a build begins (`build_begun`), so that a reader can
-- tell a whole build from the remains of one that failed, or from parts of several.
{% set marts = [
    "dim_journeys",
    "fct_cases",
    "fct_case_events",
    "fct_event_attributes",
    "fct_state_visits",
    "dim_states",
    "fct_state_duration_spans",
    "fct_state_durations",
    "fct_state_durations_weekly",
    "fct_flow_daily",
    "fct_queue_daily",
    "fct_handovers",
    "fct_case_handovers",
    "fct_actors",
    "fct_activities",
    "fct_transitions",
    "fct_transitions_weekly",
    "fct_transitions_by_segment",
    "fct_rework",
    "fct_ping_pong",
    "dim_variants",
    "fct_variant_outcomes",
    "fct_variants_weekly",
    "fct_case_conformance",
    "fct_journey_conformance",
    "fct_deviations",
    "fct_case_cuts",
    "fct_event_pairs",
    "fct_suggested_constraints",
    "fct_outcome_factors",
    "fct_event_log_quality",
    "fct_quarantined_rows",
    "fct_case_log_quality",
    "fct_similar_ids",
    "fct_warnings",
    "fct_sli_cases",
    "fct_sli_daily",
    "fct_sli_weekly",
    "fct_sli_monthly",
    "dim_slos",
    "fct_case_promises",
    "fct_cost_of_delay",
    "fct_error_budgets",
    "fct_error_budget_history",
    "fct_budget_attribution",
    "fct_burn_rates",
    "fct_burn_rate_history",
    "fct_exceptions",
    "fct_exception_escalations",
    "fct_exception_cases",
    "fct_rule_evidence",
    "fct_case_constraints",
    "fct_constraints",
    "dim_exception_rules",
    "dim_owner_roles",
    "dim_owner_duty",
    "fct_case_predictions",
    "fct_promise_predictions",
    "fct_prediction_backtest",
    "fct_prediction_calibration",
    "fct_journey_outcomes",
    "fct_routing_log",
    "fct_exception_actions",
    "fct_routing_scorecard",
] %}
{% for mart in marts %}
-- depends_on: {{ ref(mart) }}
{%- endfor %}

-- Parts of other instants, parts that are not known to be whole, and parts older than
-- what they are made from make no build. What this run builds is of this run.
{% if execute and load_relation(offpath.state_table("plan")) is not none %}
{% set planned = offpath.state_rows("plan") %}
{% set built = dict(offpath.state_rows("builds"), **planned) %}
{% set clock = planned.values() | map(attribute="as_of") | first %}
{% set custom = [] %}
{% for family in offpath.exception_families().values() if not family.parameters %}
    {% do custom.extend(family.models) %}
{% endfor %}
{% set others, missing, stale = [], [], [] %}
{% for id, node in offpath.upstream_first(model, {}).items()
    if node.resource_type == "model" and id not in planned
    and node.config.materialized != "ephemeral" %}
    {% set row = built.get(id) %}
    {#- Staging knows no clock. -#}
    {% set knows_clock = node.name in custom
        or (node.package_name == "offpath" and "staging" not in node.fqn) %}
    {% if row is none %}
        {#- What is not there at all, nobody takes for a part of this build. -#}
        {% if adapter.get_relation(node.database, node.schema, node.alias) %}
            {% do missing.append(node.name) %}
        {% endif %}
    {% elif knows_clock and row.is_of_another_clock %}
        {% do others.append(node.name ~ " as of " ~ row.as_of) %}
    {% else %}
        {% for parent in node.depends_on.nodes
            if parent in built and parent.startswith("model.")
            and built[parent].run_number > row.run_number
            and node.name not in stale %}
            {% do stale.append(node.name) %}
        {% endfor %}
    {% endif %}
{% endfor %}
{% for found, are in [
    (others, "are of more than one clock, the build's being " ~ clock),
    (missing, "are not whole: not built, or not to the end"),
    (stale, "are of several runs: older than what they are made from"),
] if found %}
    {{ exceptions.raise_compiler_error(
        "the marts " ~ are ~ ": " ~ found[0]
        ~ (" and " ~ (found | length - 1) ~ " more" if found | length > 1)
        ~ ". A whole `dbt build` makes them one, or the runs of the parts, each"
        ~ " after what it is made from, with one --vars '{as_of: …}'"
    ) }}
{% endfor %}
{% endif %}

with

build as (

    select
        {{ offpath.as_of() }} as as_of,
        -- Raised when a mart that the command line reads changes its shape, in the
        -- warehouse or as it is published.
        cast(9 as integer) as contract_version

)

select * from build
