{#-
    Detections of the volume rules: whole windows whose count is above (spike) or below
    (drop) `ratio` times the usual one, by more than chance (`root_deviation` beyond
    var `volume_z`). A stretch of silent windows is judged as one by what was usual in
    all of it. What begins so is one exception until a window is nearer to the usual
    than to the ratio; a window that cannot tell, since too little is usual there,
    neither begins nor ends it, and a silence ends with an event only. Arguments are
    relations.
-#}
{% macro volume_exceptions(rules, volume_rules, windows_compared) %}
    {%- set z = var("volume_z") ~ "e0" -%}
    with

    stretched as (

        select
            rules.rule_id,
            rules.journey,
            volume_rules.segment_by,
            volume_rules.direction,
            volume_rules.window_minutes,
            volume_rules.ratio,
            volume_rules.minimum_count,
            volume_rules.baseline_windows,
            56.0e0 / {{ offpath.remembered_cycles("volume_rules.comparable") }}
                as cycle_days,
            windows_compared.segment,
            windows_compared.window_at,
            windows_compared.window_ended_at,
            windows_compared.event_count,
            windows_compared.usual_count,
            windows_compared.resting_count,
            windows_compared.is_learnt,
            windows_compared.overdispersion,
            -- Silent windows follow the one with events that has their number.
            sum(case when windows_compared.event_count > 0 then 1 else 0 end) over (
                partition by windows_compared.rule_id, windows_compared.segment
                order by windows_compared.window_at
                rows between unbounded preceding and current row
            ) as stretch

        from {{ rules }} as rules
        inner join {{ volume_rules }} as volume_rules
            on rules.rule_id = volume_rules.rule_id
        inner join {{ windows_compared }} as windows_compared
            on rules.rule_id = windows_compared.rule_id

    ),

    -- What a window is judged with: a silent one of a drop with those before it.
    expected as (

        select
            *,
            case
                when direction = 'drop' and event_count = 0
                    then
                        sum(case when event_count = 0 then usual_count end)
                            over in_stretch
                else usual_count
            end as expected_count,
            case
                when direction = 'drop' and event_count = 0
                    then
                        max(case when event_count = 0 then usual_count end)
                            over in_stretch
                else usual_count
            end as busiest_count,
            case
                when direction = 'drop' and event_count = 0
                    then
                        min(
                            case
                                when event_count = 0 and usual_count > 0 then window_at
                            end
                        ) over in_stretch
                else window_at
            end as began_at

        from stretched

        window
            in_stretch as (
                partition by rule_id, segment, stretch
                order by window_at
                rows between unbounded preceding and current row
            )

    ),

    deviating as (

        select
            *,
            ratio * expected_count as threshold_value,
            -- Days vary apart: a silence of several is less of a chance than that of
            -- one, in which at most the busiest window is missing all day.
            {{ offpath.root_deviation(
                "event_count",
                "expected_count",
                "overdispersion * coalesce(least(busiest_count"
                " * greatest(1440 / window_minutes, 1) / nullif(expected_count, 0)"
                ", 1), 1)",
                "baseline_windows",
            ) }} as z_score

        from expected

    ),

    judged as (

        select
            *,
            case direction
                when 'spike'
                    then
                        event_count > ratio * expected_count
                        and event_count >= minimum_count
                        and z_score > {{ z }}
                when 'drop'
                    then
                        event_count < ratio * expected_count
                        and expected_count >= minimum_count
                        and z_score < -{{ z }}
            end as is_firing,
            -- Nothing usual is half an event in the whole baseline.
            resting_count + 0.5e0 / baseline_windows as resting_floor

        from deviating

    ),

    -- What the last window that fired was like.
    recalled as (

        select
            *,
            {{ offpath.last_not_null(
                "case when is_firing then event_count end", "so_far"
            ) }} as fired_count,
            {{ offpath.last_not_null(
                "case when is_firing then event_count / resting_floor end", "so_far"
            ) }} as fired_ratio,
            {{ offpath.last_not_null(
                "case when is_firing then window_at end", "so_far"
            ) }} as fired_at,
            {{ offpath.last_not_null(
                "case when is_learnt then window_at end", "so_far"
            ) }} as learnt_at

        from judged

        window
            so_far as (
                partition by rule_id, segment
                order by window_at
                rows between unbounded preceding and current row
            )

    ),

    -- A window that is usual again, where what fired would be seen too: of a spike, as
    -- many times the usual would reach the minimum; of a drop, the usual does, unless
    -- the last to fire was silent, or another level has been learnt since. In the eight
    -- weeks in which one place of the cycle after the other learns, a whole cycle has
    -- to pass in which nothing fires.
    told as (

        select
            *,
            case
                when is_firing then 'firing'
                when
                    {{ offpath.add_seconds("learnt_at", "56 * 86400") }} > window_at
                    and {{ offpath.add_seconds("fired_at", "cycle_days * 86400") }}
                    > window_at
                    then null
                when
                    direction = 'spike'
                    and event_count * sqrt(ratio)
                    <= greatest(ratio * resting_count, minimum_count)
                    and fired_ratio * resting_floor >= minimum_count
                    then 'usual'
                when
                    direction = 'drop'
                    and event_count > 0
                    and event_count >= sqrt(ratio) * resting_count
                    and (
                        usual_count >= minimum_count
                        or fired_count = 0
                        or learnt_at >= fired_at
                    )
                    then 'usual'
            end as verdict

        from recalled

    ),

    followed as (

        select
            *,
            {{ offpath.last_not_null("verdict", "before") }} as last_verdict

        from told

        window
            before as (
                partition by rule_id, segment
                order by window_at
                rows between unbounded preceding and 1 preceding
            )

    ),

    spelled as (

        select
            *,
            sum(
                case
                    when
                        verdict = 'firing'
                        and coalesce(last_verdict, 'usual') = 'usual'
                        then 1
                    else 0
                end
            ) over (
                partition by rule_id, segment
                order by window_at
                rows between unbounded preceding and current row
            ) as spell

        from followed

    ),

    ended as (

        select
            *,
            min(case when verdict = 'usual' then window_ended_at end)
                over (partition by rule_id, segment, spell) as cleared_at,
            -- The worst of a spell: the highest of a spike, the lowest of a drop.
            row_number() over (
                partition by rule_id, segment, spell, verdict
                order by
                    case
                        when direction = 'spike' then -event_count
                        else event_count
                    end,
                    window_at
            ) as badness_rank

        from spelled

    )

    select
        rule_id,
        journey,
        case when segment_by is null then 'journey' else 'segment' end
            as subject_type,
        case when segment_by is null then journey else segment_by || '=' || segment end
            as subject_id,
        min(began_at) as onset_at,
        min(window_ended_at) as detected_at,
        max(cleared_at) as cleared_at,
        case when count(cleared_at) > 0 then 'mended' end as clear_reason,
        max(case when badness_rank = 1 then event_count end) as observed_value,
        max(case when badness_rank = 1 then threshold_value end) as threshold_value,
        'events a window' as unit,
        {{ offpath.json_object({
            "direction": "direction",
            "windows": "count(*)",
            "window_minutes": "max(cast(window_minutes as double))",
            "events": "sum(event_count)",
            "usual": "round(max(case when badness_rank = 1"
            " then expected_count end), 2)",
            "deviation": "round(max(case when badness_rank = 1 then z_score end), 1)",
        }) }} as evidence

    from ended
    where verdict = 'firing'
    group by rule_id, journey, segment_by, segment, direction, spell
{% endmacro %}
