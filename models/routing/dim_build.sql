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

-- Parts that were built as of other instants make no build.
{% if execute and load_relation(offpath.state_table("plan")) is not none %}
{% set parts, custom = [], [] %}
{% for family in offpath.exception_families().values() if not family.parameters %}
{% do custom.extend(family.models) %}
{% endfor %}
{% for node in offpath.upstream_first(model, {}).values() %}
{#- Staging knows no clock. -#}
{% set is_own = node.package_name == "offpath" and "staging" not in node.fqn %}
{% if node.resource_type == "model" and (is_own or node.name in custom) %}
{% do parts.append(node.unique_id) %}
{% endif %}
{% endfor %}
{% set others = run_query(
    "select node, as_of from " ~ offpath.state_table("builds") ~ " where node in ('"
    ~ parts | join("', '") ~ "') and as_of <> " ~ offpath.as_of()
    ~ " and node not in (select node from " ~ offpath.state_table("plan") ~ ")"
    ~ " order by as_of, node"
).rows %}
{% if others %}
{% do exceptions.raise_compiler_error(
    "the marts are of more than one clock: " ~ others | length ~ " models, "
    ~ others[0].node.split(".")[-1] ~ " among them, were built as of " ~ others[0].as_of
    ~ ", not " ~ offpath.as_of() ~ ". A whole `dbt build` makes them one, or the runs of"
    ~ " the parts with one --vars '{as_of: …}'"
) %}
{% endif %}
{% endif %}

with

build as (

    select
        {{ offpath.as_of() }} as as_of,
        -- Raised when a mart that the command line reads changes its shape.
        cast(4 as integer) as contract_version

)

select * from build
