{#-
    Detections of the volume rules: whole windows whose count is above (spike) or below
    (drop) `ratio` times the median of the last comparable windows, silent windows
    included; consecutive ones are one exception, cleared when a window ends that is
    usual again. Comparable: the same hour of the day or of the week on the wall clock
    of the journey. No judgement before there are `baseline_windows` of them since the
    journey, or the segment, was first seen. Arguments are relations.
-#}
{% macro volume_exceptions(rules, volume_rules, case_events, journey_timezones) %}
    with

    watched as (

        select
            rules.rule_id,
            rules.journey,
            journey_timezones.timezone,
            volume_rules.event_name,
            volume_rules.segment_by,
            volume_rules.window_minutes * 60 as window_seconds,
            volume_rules.direction,
            volume_rules.ratio,
            volume_rules.minimum_count,
            volume_rules.baseline_windows,
            case volume_rules.comparable
                when 'hour_of_day' then 86400
                when 'hour_of_week' then 604800
            end as cycle_seconds

        from {{ rules }} as rules
        inner join {{ volume_rules }} as volume_rules
            on rules.rule_id = volume_rules.rule_id
        inner join {{ journey_timezones }} as journey_timezones
            on rules.journey = journey_timezones.journey

    ),

    happened as (

        select
            watched.rule_id,
            {{ offpath.segment_value("watched.segment_by", "case_events") }} as segment,
            {{ offpath.floor_to_seconds(
                "case_events.occurred_at", "watched.window_seconds"
            ) }} as window_at,
            count(*) as event_count

        from watched
        inner join {{ case_events }} as case_events
            on
                watched.journey = case_events.journey
                and watched.event_name = case_events.event_name
        where not case_events.is_repeat
        group by
            watched.rule_id,
            {{ offpath.segment_value("watched.segment_by", "case_events") }},
            {{ offpath.floor_to_seconds(
                "case_events.occurred_at", "watched.window_seconds"
            ) }}

    ),

    -- Where a segment begins is told by any of its events, not only by those counted.
    segments as (

        select
            watched.rule_id,
            {{ offpath.segment_value("watched.segment_by", "case_events") }} as segment,
            min(case_events.occurred_at) as first_event_at

        from watched
        inner join {{ case_events }} as case_events
            on watched.journey = case_events.journey
        where
            watched.segment_by is null
            or {{ offpath.segment_value("watched.segment_by", "case_events") }} is not null
        group by
            watched.rule_id,
            {{ offpath.segment_value("watched.segment_by", "case_events") }}

    ),

    spine as (

        select
            segments.rule_id,
            segments.segment,
            watched.window_seconds,
            watched.cycle_seconds,
            watched.timezone,
            {{ offpath.unnested_timestamps(
                offpath.floor_to_seconds(
                    "segments.first_event_at", "watched.window_seconds"
                ),
                offpath.add_seconds(offpath.as_of(), "-watched.window_seconds"),
                "watched.window_seconds",
            ) }} as window_at

        from segments
        inner join watched
            on segments.rule_id = watched.rule_id

    ),

    windows as (

        select
            spine.rule_id,
            spine.segment,
            spine.window_at,
            {{ offpath.add_seconds("spine.window_at", "spine.window_seconds") }}
                as window_ended_at,
            coalesce(happened.event_count, 0) as event_count,
            -- Counted in whole windows, so that a change to or from daylight saving
            -- time leaves a window its place in the cycle.
            floor(
                {{ offpath.epoch_seconds(
                    offpath.utc_to_local("spine.window_at", "spine.timezone")
                ) }} % spine.cycle_seconds / spine.window_seconds
            ) as cycle_position

        from spine
        left join happened
            on
                spine.rule_id = happened.rule_id
                and coalesce(spine.segment, '') = coalesce(happened.segment, '')
                and spine.window_at = happened.window_at

    ),

    numbered as (

        select
            *,
            row_number() over (
                partition by rule_id, segment, cycle_position
                order by window_at
            ) as cycle_number

        from windows

    ),

    -- Each window is a past one of the next `baseline_windows` in its place of the cycle.
    pasts as (

        select
            numbered.rule_id,
            numbered.segment,
            numbered.cycle_position,
            numbered.cycle_number,
            numbered.event_count,
            {{ offpath.unnested_numbers(
                "1", "cast(watched.baseline_windows as bigint)"
            ) }} as windows_later

        from numbered
        inner join watched
            on numbered.rule_id = watched.rule_id

    ),

    baselines as (

        select
            rule_id,
            segment,
            cycle_position,
            cycle_number + windows_later as cycle_number,
            count(*) as past_count,
            {{ offpath.median_of("event_count") }} as baseline

        from pasts
        group by rule_id, segment, cycle_position, cycle_number + windows_later

    ),

    compared as (

        select
            numbered.rule_id,
            numbered.segment,
            numbered.window_at,
            numbered.window_ended_at,
            numbered.event_count,
            baselines.past_count,
            baselines.baseline

        from numbered
        inner join baselines
            on
                numbered.rule_id = baselines.rule_id
                and coalesce(numbered.segment, '') = coalesce(baselines.segment, '')
                and numbered.cycle_position = baselines.cycle_position
                and numbered.cycle_number = baselines.cycle_number

    ),

    judged as (

        select
            compared.*,
            watched.journey,
            watched.segment_by,
            watched.direction,
            watched.window_seconds,
            watched.ratio * compared.baseline as threshold_value,
            compared.past_count >= watched.baseline_windows
            and case watched.direction
                when 'spike'
                    then
                        compared.event_count > watched.ratio * compared.baseline
                        and compared.event_count >= watched.minimum_count
                when 'drop'
                    then
                        compared.event_count < watched.ratio * compared.baseline
                        and compared.baseline >= watched.minimum_count
            end as is_firing

        from compared
        inner join watched
            on compared.rule_id = watched.rule_id

    ),

    marked as (

        select
            *,
            lead(window_ended_at) over in_segment as next_ended_at,
            case
                when
                    is_firing
                    and lag(is_firing) over in_segment
                    and lag(window_ended_at) over in_segment = window_at
                    then 0
                else 1
            end as starts_spell

        from judged

        window in_segment as (partition by rule_id, segment order by window_at)

    ),

    spelled as (

        select
            *,
            sum(starts_spell) over (
                partition by rule_id, segment
                order by window_at
                rows between unbounded preceding and current row
            ) as spell

        from marked

    ),

    -- The worst window of a spell: the highest of a spike, the lowest of a drop.
    ranked as (

        select
            *,
            row_number() over (
                partition by rule_id, segment, spell
                order by
                    case when direction = 'spike' then -event_count else event_count end,
                    window_at
            ) as badness_rank

        from spelled
        where is_firing

    )

    select
        rule_id,
        journey,
        case when segment_by is null then 'journey' else 'segment' end
            as subject_type,
        case when segment_by is null then journey else segment_by || '=' || segment end
            as subject_id,
        min(window_at) as onset_at,
        min(window_ended_at) as detected_at,
        case when count(next_ended_at) = count(*) then max(next_ended_at) end
            as cleared_at,
        case when count(next_ended_at) = count(*) then 'mended' end as clear_reason,
        max(case when badness_rank = 1 then event_count end) as observed_value,
        max(case when badness_rank = 1 then threshold_value end) as threshold_value,
        'events a window' as unit,
        {{ offpath.json_object({
            "direction": "direction",
            "windows": "count(*)",
            "window_minutes": "max(window_seconds) / 60",
            "events": "sum(event_count)",
            "usual": "max(case when badness_rank = 1 then baseline end)",
        }) }} as evidence

    from ranked
    group by rule_id, journey, segment_by, segment, direction, spell
{% endmacro %}
