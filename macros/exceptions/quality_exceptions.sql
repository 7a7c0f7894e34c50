{#-
    Detections of the quality rules: a segment whose defects for each opportunity over
    the rolling window are above the threshold even at the Wilson lower bound, two
    defects at the least; cleared at the first judgement that does not hold. Arguments
    are relations.
-#}
{% macro quality_exceptions(rules, quality_rules, defects_rolled) %}
    with

    judged as (

        select
            rules.rule_id,
            rules.journey,
            quality_rules.segment_by,
            quality_rules.threshold_share,
            defects_rolled.segment,
            defects_rolled.judged_at,
            defects_rolled.defect_count,
            defects_rolled.opportunity_count,
            defects_rolled.defect_count >= 2
            and coalesce(
                {{ offpath.wilson_lower(
                    "least(defects_rolled.defect_count,"
                    ~ " defects_rolled.opportunity_count)",
                    "defects_rolled.opportunity_count",
                ) }} > quality_rules.threshold_share,
                false
            ) as is_firing,
            lead(defects_rolled.judged_at) over (
                partition by rules.rule_id, defects_rolled.segment
                order by defects_rolled.judged_at
            ) as next_judged_at

        from {{ rules }} as rules
        inner join {{ quality_rules }} as quality_rules
            on rules.rule_id = quality_rules.rule_id
        inner join {{ defects_rolled }} as defects_rolled
            on rules.rule_id = defects_rolled.rule_id

    ),

    -- Firing judgements share a spell with the one before them that does not fire.
    spelled as (

        select
            *,
            sum(case when is_firing then 0 else 1 end) over (
                partition by rule_id, segment
                order by judged_at
                rows between unbounded preceding and current row
            ) as spell

        from judged

    ),

    spells as (

        select
            rule_id,
            journey,
            segment_by,
            segment,
            threshold_share,
            min(judged_at) as detected_at,
            max(judged_at) as last_judged_at,
            case when count(next_judged_at) = count(*) then max(next_judged_at) end
                as cleared_at,
            max_by(defect_count, judged_at) as defect_count,
            max_by(opportunity_count, judged_at) as opportunity_count

        from spelled
        where is_firing
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
        cast(defect_count as double) / nullif(opportunity_count, 0)
            as observed_value,
        threshold_share as threshold_value,
        'defects an opportunity' as unit,
        {{ offpath.json_object({
            "defects": "defect_count",
            "opportunities": "opportunity_count",
            "last_judged_at": "last_judged_at",
        }) }} as evidence

    from spells
{% endmacro %}
