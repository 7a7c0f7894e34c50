{#-
    Detections of the quality rules: a segment whose defects for each opportunity over
    the rolling window are above the threshold even at the Wilson lower bound, two
    defects at the least. Judged at the end of each whole hour with which something
    enters or leaves the window; cleared at the first judgement that does not hold.
    Arguments are relations.
-#}
{% macro quality_exceptions(rules, quality_rules, case_events) %}
    with

    watched as (

        select
            rules.rule_id,
            rules.journey,
            quality_rules.segment_by,
            quality_rules.defect_event,
            quality_rules.opportunity_event,
            quality_rules.window_days * 86400 as window_seconds,
            quality_rules.threshold_share

        from {{ rules }} as rules
        inner join {{ quality_rules }} as quality_rules
            on rules.rule_id = quality_rules.rule_id

    ),

    happened as (

        select
            watched.rule_id,
            {{ offpath.segment_value("watched.segment_by", "case_events") }} as segment,
            date_trunc('hour', case_events.occurred_at) as hour_at,
            sum(
                case
                    when case_events.event_name = watched.defect_event then 1 else 0
                end
            ) as defect_count,
            sum(
                case
                    when case_events.event_name = watched.opportunity_event
                        then 1
                    else 0
                end
            ) as opportunity_count

        from watched
        inner join {{ case_events }} as case_events
            on
                watched.journey = case_events.journey
                and (
                    watched.defect_event = case_events.event_name
                    or watched.opportunity_event = case_events.event_name
                )
        where not case_events.is_repeat
        group by
            watched.rule_id,
            {{ offpath.segment_value("watched.segment_by", "case_events") }},
            date_trunc('hour', case_events.occurred_at)

    ),

    -- An hour counts from its end on, until it is older than the window.
    changes as (

        {% for sign in [1, -1] %}
        select
            happened.rule_id,
            happened.segment,
            {{ offpath.add_seconds(
                "happened.hour_at",
                "3600" if sign == 1 else "3600 + watched.window_seconds",
            ) }} as judged_at,
            {{ sign }} * happened.defect_count as defect_change,
            {{ sign }} * happened.opportunity_count as opportunity_change

        from happened
        inner join watched
            on happened.rule_id = watched.rule_id
        where watched.segment_by is null or happened.segment is not null
        {{ "union all" if not loop.last }}
        {% endfor %}

    ),

    changed as (

        select
            rule_id,
            segment,
            judged_at,
            sum(defect_change) as defect_change,
            sum(opportunity_change) as opportunity_change

        from changes
        where judged_at <= {{ offpath.as_of() }}
        group by rule_id, segment, judged_at

    ),

    rolled as (

        select
            rule_id,
            segment,
            judged_at,
            sum(defect_change) over so_far as defect_count,
            sum(opportunity_change) over so_far as opportunity_count

        from changed

        window so_far as (
            partition by rule_id, segment
            order by judged_at
            rows between unbounded preceding and current row
        )

    ),

    judged as (

        select
            rolled.*,
            watched.journey,
            watched.segment_by,
            watched.threshold_share,
            rolled.defect_count >= 2
            and coalesce(
                {{ offpath.wilson_lower(
                    "least(rolled.defect_count, rolled.opportunity_count)",
                    "rolled.opportunity_count",
                ) }} > watched.threshold_share,
                false
            ) as is_firing,
            lead(rolled.judged_at) over (
                partition by rolled.rule_id, rolled.segment
                order by rolled.judged_at
            ) as next_judged_at

        from rolled
        inner join watched
            on rolled.rule_id = watched.rule_id

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
