{#-
    The ladder that an exception climbs to find its route: each case with its condition,
    on the columns of `int_exceptions_routed`; the first true one wins. What a case
    means for the person, its class and its words, stands in seed `route_cases`.

    What does not count, and what was there before anybody was to be told, disturbs
    nobody. The budget decides what deserves a person. A critical rule and a valuable
    case do not ask it, and a rule that foretells nothing is not lifted by it.
-#}
{% macro route_ladder() -%}
    {{ return({
        "on_trial": "stage = 'trial'",
        "excluded": "exclusion is not null",
        "before_announce_from": "detected_at < announce_from",
        "tier_for_review": "family = 'budget' and own_class is null",
        "tier_pages": "family = 'budget' and own_class = 'page'",
        "tier_makes_a_task": "family = 'budget'",
        "critical": "severity = 'critical'",
        "valuable": "value_at_stake > page_above_value",
        "low_severity": "severity = 'low'",
        "refuted": "evidence_verdict = 'refuted'",
        "burns_fast": "lifts_to = 'page'",
        "spent_and_burning": "is_spent and is_burning",
        "spent": "is_spent",
        "burns": "lifts_to is not null",
        "severe_without_budget": "not has_budget and severity = 'high'",
        "without_budget": "not has_budget",
        "spent_by_one": "left_cases < 0",
        "within_budget": "true",
    }) }}
{%- endmacro %}
