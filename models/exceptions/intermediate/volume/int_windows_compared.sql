{% set z = var("volume_z") ~ "e0" %}
{% set level_z = var("wilson_z") ~ "e0" %}
with recursive

windows_counted as (

    select * from {{ ref("int_windows_counted") }}

),

volume_rules as (

    select * from {{ ref("volume_rules") }}

),

overdispersion_estimated as (

    select * from {{ ref("int_overdispersion_estimated") }}

),

numbered as (

    select
        windows_counted.rule_id,
        windows_counted.segment,
        windows_counted.window_at,
        windows_counted.window_ended_at,
        windows_counted.event_count,
        volume_rules.direction,
        cast(volume_rules.baseline_windows as bigint) as baseline_windows,
        {{ offpath.remembered_cycles("volume_rules.comparable") }} as remembered_cycles,
        -- A drop to a fifth and a spike of five times are as far from the usual.
        greatest(volume_rules.ratio, 1 / nullif(volume_rules.ratio, 0)) as ratio,
        coalesce(overdispersion_estimated.overdispersion, 0) as overdispersion,
        dense_rank() over (
            order by
                windows_counted.rule_id,
                windows_counted.segment,
                windows_counted.cycle_position
        ) as place,
        row_number() over (
            partition by
                windows_counted.rule_id,
                windows_counted.segment,
                windows_counted.cycle_position
            order by windows_counted.window_at
        ) as window_number

    from windows_counted
    inner join volume_rules
        on windows_counted.rule_id = volume_rules.rule_id
    left join overdispersion_estimated
        on
            windows_counted.rule_id = overdispersion_estimated.rule_id
            and coalesce(windows_counted.segment, '')
            = coalesce(overdispersion_estimated.segment, '')
            and windows_counted.cycle_number = overdispersion_estimated.cycle_number

),

-- Window by window of a place in the cycle, since what is usual depends on which of the
-- windows before were. `remembered` are the counts of usual windows: the last
-- `baseline_windows` of them are the baseline, the first as many what was usual eight
-- weeks before. What is new may be read by the columns below it.
judged as (

    select
        place,
        window_number,
        cast(null as double) as recent_count,
        cast(null as double) as earlier_count,
        false as is_shifted,
        cast(null as double) as high_count,
        cast(null as double) as low_count,
        false as is_unusual,
        cast(0 as bigint) as run_count,
        false as forgets,
        cast(0 as bigint) as unusual_count,
        cast(0 as bigint) as leaving_count,
        cast(0 as bigint) as unsettled_count,
        cast(1 as bigint) as known_count,
        {{ offpath.list_of("event_count") }} as remembered

    from numbered
    where window_number = 1

    union all

    select
        numbered.place,
        numbered.window_number,
        case
            when judged.known_count >= numbered.baseline_windows
                then
                    {{ offpath.middle_mean(offpath.list_slice(
                        "judged.remembered",
                        "judged.known_count - numbered.baseline_windows + 1",
                        "judged.known_count",
                    )) }}
        end as new_recent_count,
        case
            when judged.known_count >= numbered.baseline_windows
                then
                    {{ offpath.middle_mean(offpath.list_slice(
                        "judged.remembered", "1", "numbered.baseline_windows"
                    )) }}
        end as new_earlier_count,
        -- A level of many windows that is beyond the ratio is surely another one.
        coalesce(
            (
                new_recent_count > numbered.ratio * new_earlier_count
                or numbered.ratio * new_recent_count < new_earlier_count
            )
            and abs({{ offpath.root_deviation(
                "new_recent_count",
                "new_earlier_count",
                "numbered.overdispersion",
                "numbered.baseline_windows",
                "numbered.baseline_windows",
            ) }}) > {{ level_z }},
            false
        ) as new_is_shifted,
        -- Against what is usual now, and nearly so against what was eight weeks before;
        -- against that alone where the level has moved away from it.
        case
            when new_is_shifted then new_earlier_count
            else greatest(new_recent_count, 0.8e0 * new_earlier_count)
        end as new_high_count,
        case
            when new_is_shifted then new_earlier_count
            else least(new_recent_count, new_earlier_count / 0.8e0)
        end as new_low_count,
        coalesce(
            (
                numbered.event_count > numbered.ratio * new_high_count
                and {{ offpath.root_deviation(
                    "numbered.event_count",
                    "new_high_count",
                    "numbered.overdispersion",
                    "numbered.baseline_windows",
                ) }} > {{ z }}
            )
            or (
                numbered.ratio * numbered.event_count < new_low_count
                and {{ offpath.root_deviation(
                    "numbered.event_count",
                    "new_low_count",
                    "numbered.overdispersion",
                    "numbered.baseline_windows",
                ) }} < -{{ z }}
            ),
            false
        ) as new_is_unusual,
        -- Eight weeks of it, and the past is forgotten. Silence never becomes the usual.
        case
            when not (new_is_unusual or new_is_shifted) then 0
            when numbered.event_count > 0 then judged.unusual_count + 1
            else judged.unusual_count
        end as new_run_count,
        new_run_count >= numbered.remembered_cycles as new_forgets,
        case when new_forgets then 0 else new_run_count end as new_unusual_count,
        -- What was in the baseline while its level was another one is not remembered
        -- beyond it.
        case
            when new_forgets then 0
            when new_is_shifted then numbered.baseline_windows
            else judged.unsettled_count
        end as new_leaving_count,
        case
            when new_is_unusual then new_leaving_count
            else greatest(new_leaving_count - 1, 0)
        end as new_unsettled_count,
        case
            when new_forgets then 1
            when new_is_unusual then judged.known_count
            when
                new_leaving_count > 0 and judged.known_count >= numbered.baseline_windows
                then judged.known_count
            else
                least(
                    judged.known_count + 1,
                    numbered.remembered_cycles + numbered.baseline_windows
                )
        end as new_known_count,
        case
            when new_forgets then {{ offpath.list_of("numbered.event_count") }}
            when new_is_unusual then judged.remembered
            when
                new_leaving_count > 0 and judged.known_count >= numbered.baseline_windows
                then
                    {{ offpath.list_slice(
                        "judged.remembered",
                        "1",
                        "judged.known_count - numbered.baseline_windows",
                    ) }}
                    || {{ offpath.list_slice(
                        "judged.remembered",
                        "judged.known_count - numbered.baseline_windows + 2",
                        "judged.known_count",
                    ) }}
                    || {{ offpath.list_of("numbered.event_count") }}
            else
                {{ offpath.list_slice(
                    "judged.remembered",
                    "judged.known_count - new_known_count + 2",
                    "judged.known_count",
                ) }}
                || {{ offpath.list_of("numbered.event_count") }}
        end as new_remembered

    from judged
    inner join numbered
        on
            judged.place = numbered.place
            and judged.window_number + 1 = numbered.window_number

),

windows_compared as (

    select
        numbered.rule_id,
        numbered.segment,
        numbered.window_at,
        numbered.window_ended_at,
        numbered.event_count,
        numbered.overdispersion,
        judged.is_unusual,
        case numbered.direction
            when 'spike' then judged.high_count
            when 'drop' then judged.low_count
        end as usual_count,
        case numbered.direction
            when 'spike' then least(judged.recent_count, judged.earlier_count)
            when 'drop' then greatest(judged.recent_count, judged.earlier_count)
        end as resting_count

    from numbered
    inner join judged
        on
            numbered.place = judged.place
            and numbered.window_number = judged.window_number

)

select * from windows_compared
