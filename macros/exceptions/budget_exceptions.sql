{#-
    Detections of the budget rules: an objective whose budget burns as fast as the tier
    says, from the full hour in which the tier fires to the first one in which it does
    not. Arguments are relations.
-#}
{% macro budget_exceptions(rules, budget_rules, burn_hours) %}
    with

    spells as (

        select
            rules.rule_id,
            rules.journey,
            rules.slo_id,
            burn_hours.tier,
            burn_hours.long_hours,
            burn_hours.short_hours,
            burn_hours.burn_threshold,
            min(burn_hours.judged_at) as detected_at,
            max(burn_hours.judged_at) as last_fired_at,
            -- An hour whose long window has no case is not judged.
            max(case when burn_hours.long_valid_count > 0 then burn_hours.judged_at end)
                as last_judged_at,
            {%- for column in [
                "long_burn_rate",
                "long_bad_count",
                "long_valid_count",
                "short_bad_count",
                "short_valid_count",
                "budget_cases",
            ] %}
            max_by(
                burn_hours.{{ column }},
                case when burn_hours.long_valid_count > 0 then burn_hours.judged_at end
            ) as {{ column }}
            {{- "," if not loop.last }}
            {%- endfor %}

        from {{ rules }} as rules
        inner join {{ budget_rules }} as budget_rules
            on rules.rule_id = budget_rules.rule_id
        inner join {{ burn_hours }} as burn_hours
            on
                rules.slo_id = burn_hours.slo_id
                and budget_rules.tier = burn_hours.tier
        where burn_hours.is_firing
        group by
            rules.rule_id,
            rules.journey,
            rules.slo_id,
            burn_hours.tier,
            burn_hours.long_hours,
            burn_hours.short_hours,
            burn_hours.burn_threshold,
            burn_hours.spell

    ),

    ended as (

        select
            *,
            case
                when last_fired_at < date_trunc('hour', {{ offpath.as_of() }})
                    then {{ offpath.add_seconds("last_fired_at", "3600") }}
            end as cleared_at

        from spells

    )

    select
        rule_id,
        journey,
        'journey' as subject_type,
        journey as subject_id,
        detected_at as onset_at,
        detected_at,
        cleared_at,
        case when cleared_at is not null then 'mended' end as clear_reason,
        cast(long_burn_rate as double) as observed_value,
        cast(burn_threshold as double) as threshold_value,
        'times the burn that the budget allows' as unit,
        {{ offpath.json_object({
            "slo_id": "slo_id",
            "tier": "tier",
            "long_hours": "long_hours",
            "long_bad": "long_bad_count",
            "long_valid": "long_valid_count",
            "short_hours": "short_hours",
            "short_bad": "short_bad_count",
            "short_valid": "short_valid_count",
            "budget_cases": "budget_cases",
            "last_judged_at": "cast(last_judged_at as " ~ dbt.type_string() ~ ")",
        }) }} as evidence

    from ended
{% endmacro %}
