{#-
    Detections of the volume rules: whole windows whose count is above (spike) or below
    (drop) `ratio` times the usual one, the median of the last comparable windows;
    consecutive ones are one exception, cleared when a window ends that is usual again.
    No judgement before there are `baseline_windows` to compare with. Arguments are
    relations.
-#}
{% macro volume_exceptions(rules, volume_rules, windows_compared) %}
    with

    judged as (

        select
            rules.rule_id,
            rules.journey,
            volume_rules.segment_by,
            volume_rules.direction,
            volume_rules.window_minutes,
            windows_compared.segment,
            windows_compared.window_at,
            windows_compared.window_ended_at,
            windows_compared.event_count,
            windows_compared.usual_count,
            volume_rules.ratio * windows_compared.usual_count as threshold_value,
            windows_compared.past_count >= volume_rules.baseline_windows
            and case volume_rules.direction
                when 'spike'
                    then
                        windows_compared.event_count
                        > volume_rules.ratio * windows_compared.usual_count
                        and windows_compared.event_count >= volume_rules.minimum_count
                when 'drop'
                    then
                        windows_compared.event_count
                        < volume_rules.ratio * windows_compared.usual_count
                        and windows_compared.usual_count >= volume_rules.minimum_count
            end as is_firing

        from {{ rules }} as rules
        inner join {{ volume_rules }} as volume_rules
            on rules.rule_id = volume_rules.rule_id
        inner join {{ windows_compared }} as windows_compared
            on rules.rule_id = windows_compared.rule_id

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
                    case
                        when direction = 'spike' then -event_count
                        else event_count
                    end,
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
            "window_minutes": "max(cast(window_minutes as double))",
            "events": "sum(event_count)",
            "usual": "max(case when badness_rank = 1 then usual_count end)",
        }) }} as evidence

    from ranked
    group by rule_id, journey, segment_by, segment, direction, spell
{% endmacro %}
