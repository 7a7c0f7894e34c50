{#-
    Detections of the quality rules: a segment whose share of defects over the rolling
    window is above the threshold even at the Wilson lower bound, by two defects or
    more. Judged at the end of each whole hour in which something happened; cleared at
    the first judgement that does not hold, or when the window has emptied. Arguments
    are relations.
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

    hours as (

        select
            happened.rule_id,
            happened.segment,
            happened.hour_at,
            happened.defect_count,
            happened.opportunity_count,
            {{ offpath.add_seconds("happened.hour_at", "3600") }} as judged_at,
            {{ offpath.add_seconds(
                "happened.hour_at", "3600 - watched.window_seconds"
            ) }} as window_started_at

        from happened
        inner join watched
            on happened.rule_id = watched.rule_id
        where
            {{ offpath.add_seconds("happened.hour_at", "3600") }} <= {{ offpath.as_of() }}
            and (watched.segment_by is null or happened.segment is not null)

    ),

    rolled as (

        select
            hours.rule_id,
            hours.segment,
            hours.hour_at,
            hours.judged_at,
            sum(past.defect_count) as defect_count,
            sum(past.opportunity_count) as opportunity_count

        from hours
        inner join hours as past
            on
                hours.rule_id = past.rule_id
                and coalesce(hours.segment, '') = coalesce(past.segment, '')
                and hours.hour_at >= past.hour_at
                and hours.window_started_at <= past.hour_at
        group by hours.rule_id, hours.segment, hours.hour_at, hours.judged_at

    ),

    judged as (

        select
            rolled.*,
            watched.journey,
            watched.segment_by,
            watched.window_seconds,
            watched.threshold_share,
            rolled.defect_count >= 2
            and coalesce(
                {{ offpath.wilson_lower(
                    "least(rolled.defect_count, rolled.opportunity_count)",
                    "rolled.opportunity_count",
                ) }} > watched.threshold_share,
                false
            ) as is_firing,
            lag(rolled.hour_at) over in_segment as previous_hour_at,
            lead(rolled.judged_at) over in_segment as next_judged_at

        from rolled
        inner join watched
            on rolled.rule_id = watched.rule_id

        window in_segment as (
            partition by rolled.rule_id, rolled.segment
            order by rolled.hour_at
        )

    ),

    marked as (

        select
            *,
            {{ offpath.add_seconds("judged_at", "window_seconds") }} as empties_at,
            case
                when
                    not is_firing
                    or previous_hour_at is null
                    or not lag(is_firing) over in_segment
                    or {{ offpath.add_seconds("previous_hour_at", "window_seconds") }}
                    < hour_at
                    then 1
                else 0
            end as starts_spell

        from judged

        window in_segment as (partition by rule_id, segment order by hour_at)

    ),

    spelled as (

        select
            *,
            sum(starts_spell) over (
                partition by rule_id, segment
                order by hour_at
                rows between unbounded preceding and current row
            ) as spell

        from marked

    ),

    spells as (

        select
            rule_id,
            journey,
            segment_by,
            segment,
            threshold_share,
            min(hour_at) as onset_at,
            min(judged_at) as detected_at,
            case when count(next_judged_at) = count(*) then max(next_judged_at) end
                as next_judged_at,
            max(hour_at) as last_hour_at,
            max(empties_at) as empties_at,
            max_by(defect_count, hour_at) as defect_count,
            max_by(opportunity_count, hour_at) as opportunity_count

        from spelled
        where is_firing
        group by rule_id, journey, segment_by, segment, threshold_share, spell

    ),

    ended as (

        select
            *,
            least(coalesce(next_judged_at, empties_at), empties_at) as ended_at

        from spells

    )

    select
        rule_id,
        journey,
        case when segment_by is null then 'journey' else 'segment' end
            as subject_type,
        case when segment_by is null then journey else segment_by || '=' || segment end
            as subject_id,
        onset_at,
        detected_at,
        case when ended_at <= {{ offpath.as_of() }} then ended_at end as cleared_at,
        cast(defect_count as double) / nullif(opportunity_count, 0)
            as observed_value,
        threshold_share as threshold_value,
        'share' as unit,
        {{ offpath.json_object({
            "defects": "defect_count",
            "opportunities": "opportunity_count",
            "last_judged_hour": "last_hour_at",
        }) }} as evidence

    from ended
{% endmacro %}
