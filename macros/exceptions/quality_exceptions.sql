{#-
    Detections of the quality rules: a segment whose defects for each opportunity over
    the rolling window, or over its last quarter, are above the threshold beyond luck,
    two defects at the least; cleared at the first judgement that finds the share of the
    window not above the threshold for as long as the window lasts. A window without an
    opportunity, and an hour at which the feed is silent, neither raise nor clear.
    Arguments are relations.

    The window is tested at var `quality_z`, its quarter at `quality_recent_z`. Counts
    are divided by the design effect of days (Kish 1965, Survey Sampling, section 8.2):
    what fails together is worth less than what fails apart.
-#}
{% macro quality_exceptions(rules, quality_rules, defects_rolled, silent_hours) %}
    {%- set counted = [
        "defect_count",
        "opportunity_count",
        "recent_defect_count",
        "recent_opportunity_count",
        "design_effect",
    ] -%}
    with

    tested as (

        select
            rules.rule_id,
            rules.journey,
            quality_rules.segment_by,
            quality_rules.threshold_share,
            quality_rules.window_days,
            defects_rolled.segment,
            defects_rolled.judged_at,
            {%- for column in counted %}
            defects_rolled.{{ column }},
            {%- endfor %}
            {% for part, z in [
                ("", var("quality_z")), ("recent_", var("quality_recent_z"))
            ] -%}
            {%- set defects = "defects_rolled." ~ part ~ "defect_count" -%}
            {%- set opportunities = "defects_rolled." ~ part ~ "opportunity_count" -%}
            coalesce(
                {{ defects }} >= 2
                and {{ offpath.binomial_excess(
                    defects ~ " / defects_rolled.design_effect",
                    opportunities ~ " / defects_rolled.design_effect",
                    "quality_rules.threshold_share",
                ) }} > {{ z }},
                false
            ) {{ "or" if not loop.last }}
            {% endfor -%}
            as is_beyond_luck,
            defects_rolled.defect_count
            > quality_rules.threshold_share * defects_rolled.opportunity_count
                as is_above,
            defects_rolled.opportunity_count > 0
            and silent_hours.silent_hour is null
                as is_judged

        from {{ rules }} as rules
        inner join {{ quality_rules }} as quality_rules
            on rules.rule_id = quality_rules.rule_id
        inner join {{ defects_rolled }} as defects_rolled
            on rules.rule_id = defects_rolled.rule_id
        left join {{ silent_hours }} as silent_hours
            on
                rules.journey = silent_hours.journey
                and defects_rolled.judged_at = silent_hours.silent_hour

    ),

    judged as (

        select
            *,
            is_judged and (is_above or is_beyond_luck) as is_too_much,
            is_judged and not (is_above or is_beyond_luck) as is_calm

        from tested

    ),

    -- Of what is not judged nobody knows that it was calm: the rest begins anew.
    counted as (

        select
            *,
            sum(case when is_calm then 0 else 1 end) over (
                partition by rule_id, segment
                order by judged_at
                rows between unbounded preceding and current row
            ) as unrest_count

        from judged

    ),

    rested as (

        select
            *,
            is_calm
            and judged_at >= {{ offpath.add_seconds(
                "min(case when is_calm then judged_at end)"
                ~ " over (partition by rule_id, segment, unrest_count)",
                "window_days * 86400",
            ) }} as has_rested

        from counted

    ),

    -- A spell ends with a judgement before which the share was low for a whole window.
    spelled as (

        select
            *,
            sum(case when has_rested then 1 else 0 end) over (
                partition by rule_id, segment
                order by judged_at
                rows between unbounded preceding and current row
            ) as spell,
            min(case when has_rested then judged_at end) over (
                partition by rule_id, segment
                order by judged_at desc
                rows between unbounded preceding and 1 preceding
            ) as next_rested_at

        from rested

    ),

    spells as (

        select
            rule_id,
            journey,
            segment_by,
            segment,
            threshold_share,
            min(case when is_beyond_luck then judged_at end) as detected_at,
            max(judged_at) as last_judged_at,
            max(next_rested_at) as cleared_at,
            {%- for column in counted %}
            max_by({{ column }}, judged_at) as {{ column }}
            {{- "," if not loop.last }}
            {%- endfor %}

        from spelled
        where is_too_much
        group by rule_id, journey, segment_by, segment, threshold_share, spell

    )

    select
        rule_id,
        journey,
        case when segment_by is null then 'journey' else 'segment' end
            as subject_type,
        case when segment_by is null then journey else segment_by || '=' || segment end
            as subject_id,
        -- The hour that made it so.
        {{ offpath.add_seconds("detected_at", "-3600") }} as onset_at,
        detected_at,
        cleared_at,
        case when cleared_at is not null then 'mended' end as clear_reason,
        cast(defect_count as double) / opportunity_count as observed_value,
        threshold_share as threshold_value,
        'defects an opportunity' as unit,
        {{ offpath.json_object({
            "defects": "defect_count",
            "opportunities": "opportunity_count",
            "recent_defects": "recent_defect_count",
            "recent_opportunities": "recent_opportunity_count",
            "design_effect": "design_effect",
            "last_judged_at": "cast(last_judged_at as " ~ dbt.type_string() ~ ")",
        }) }} as evidence

    from spells
    where detected_at is not null
{% endmacro %}
