-- Built last, and emptied when a build begins (`build_begun`), so that a reader can
-- tell a whole build from the remains of one that failed, or from parts of several.
{% set marts = [
    "fct_cases",
    "fct_case_events",
    "fct_event_attributes",
    "fct_state_visits",
    "fct_transitions",
    "fct_rework",
    "dim_variants",
    "fct_event_log_quality",
    "fct_quarantined_rows",
    "fct_case_log_quality",
    "fct_similar_ids",
    "fct_warnings",
    "fct_sli_cases",
    "fct_sli_daily",
    "fct_error_budgets",
    "fct_error_budget_history",
    "fct_budget_attribution",
    "fct_burn_rates",
    "fct_exceptions",
    "fct_exception_escalations",
    "fct_rule_evidence",
    "dim_exception_rules",
    "dim_owner_roles",
    "fct_remaining_time",
    "fct_journey_outcomes",
    "fct_routing_log",
    "fct_routing_scorecard",
] %}
{% for mart in marts %}
-- depends_on: {{ ref(mart) }}
{%- endfor %}

-- Parts of other instants, or older than what they are made from, make no build.
{% if execute and load_relation(offpath.state_table("plan")) is not none %}
{% do offpath.parts_checked(model) %}
{% endif %}

with

build as (

    select
        {{ offpath.as_of() }} as as_of,
        -- Raised when a mart that the command line reads changes its shape.
        cast(5 as integer) as contract_version

)

select * from build
