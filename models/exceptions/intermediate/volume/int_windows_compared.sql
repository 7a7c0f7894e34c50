{% set z = var("volume_z") ~ "e0" %}
with recursive

-- The windows are read where they are used, of the table itself, of which a step reads
-- a part: a CTE that is read twice is written down, and each step would read all of it.
--
-- Window by window of a place in the cycle, since what is usual depends on which of the
-- windows before were. `remembered` are counts of usual windows, one for each window: the
-- last `baseline_windows` are the baseline, the first as many what was usual eight weeks
-- before. `latest` are the last `baseline_windows` counts, usual or not. Each step
-- is a select of its own, inside out, and computed once.
judged as (

    select
        place,
        window_number,
        cast(null as double) as recent_count,
        cast(null as double) as earlier_count,
        cast(null as double) as high_count,
        cast(null as double) as low_count,
        false as is_unusual,
        false as is_learnt,
        cast(0 as bigint) as strange_count,
        cast(1 as bigint) as known_count,
        {{ offpath.list_of("event_count") }} as remembered,
        {{ offpath.list_of("event_count") }} as latest

    from {{ ref("int_windows_numbered") }}
    where window_number = 1

    union all

    -- What is remembered from here on: a usual window, or in its place what was usual, and
    -- the oldest is forgotten. After eight weeks of another level that one is the usual.
    select
        place,
        window_number,
        recent_count,
        earlier_count,
        high_count,
        low_count,
        is_unusual,
        is_learnt,
        case when is_learnt then 0 else strange_count end as strange_count,
        case
            when is_learnt then baseline_windows
            else least(known_count + 1, remembered_cycles + baseline_windows)
        end as known_count,
        case
            when is_learnt then latest
            else
                {{ offpath.list_slice(
                    "settled",
                    "greatest(known_count + 2 - remembered_cycles - baseline_windows, 1)",
                    "known_count",
                ) }}
                || {{ offpath.list_of(
                    "case when is_shifted and (is_unusual or event_count = 0)"
                    " then earlier_count when is_unusual then recent_count"
                    " else event_count end"
                ) }}
        end as remembered,
        latest

    from (
        select
            *,
            strange_count >= remembered_cycles as is_learnt,
            -- Each of the first silent ones could be chance; once they are none, what was
            -- usual before takes their place.
            case
                when is_silent
                    then
                        {{ offpath.list_slice(
                            "remembered", "1", "known_count - baseline_windows"
                        ) }}
                        || {{ offpath.list_slice(
                            "remembered", "1", "baseline_windows"
                        ) }}
                else remembered
            end as settled

        from (
            -- What is usual in between takes one off, so that a level near to the ratio
            -- is learnt too. Silence never becomes the usual.
            select
                place,
                window_number,
                event_count,
                baseline_windows,
                remembered_cycles,
                recent_count,
                earlier_count,
                high_count,
                low_count,
                is_unusual,
                is_shifted,
                known_count,
                remembered,
                is_shifted and latest_count = 0 as is_silent,
                case
                    when not (is_unusual or is_shifted)
                        then greatest(strange_count - 1, 0)
                    when event_count > 0 then strange_count + 1
                    else strange_count
                end as strange_count,
                {{ offpath.list_slice(
                    "latest",
                    "case when window_number > baseline_windows then 2 else 1 end",
                    "baseline_windows",
                ) }}
                || {{ offpath.list_of("event_count") }} as latest

            from (
                select
                    *,
                    coalesce(
                        (
                            event_count > ratio * high_count
                            and {{ offpath.root_deviation(
                                "event_count",
                                "high_count",
                                "overdispersion",
                                "baseline_windows",
                            ) }} > {{ z }}
                        )
                        or (
                            ratio * event_count < low_count
                            and {{ offpath.root_deviation(
                                "event_count",
                                "low_count",
                                "overdispersion",
                                "baseline_windows",
                            ) }} < -{{ z }}
                        ),
                        false
                    ) as is_unusual

                from (
                    -- Against what is usual now, and nearly so against what was eight
                    -- weeks before; against that alone where the level has moved away.
                    select
                        *,
                        case
                            when is_shifted then earlier_count
                            else greatest(recent_count, 0.8e0 * earlier_count)
                        end as high_count,
                        case
                            when is_shifted then earlier_count
                            else least(recent_count, earlier_count / 0.8e0)
                        end as low_count

                    from (
                        -- A level of many windows that is beyond the ratio is surely
                        -- another one.
                        select
                            *,
                            coalesce(
                                (
                                    latest_count > ratio * earlier_count
                                    or ratio * latest_count < earlier_count
                                )
                                and abs({{ offpath.root_deviation(
                                    "latest_count",
                                    "earlier_count",
                                    "overdispersion",
                                    "baseline_windows",
                                    "baseline_windows",
                                ) }}) > {{ z }},
                                false
                            ) as is_shifted

                        from (
                            select
                                *,
                                {{ offpath.middle_mean("recent") }} as recent_count,
                                {{ offpath.middle_mean("earlier") }} as earlier_count,
                                {{ offpath.middle_mean("latest") }} as latest_count

                            from (
                                select
                                    numbered.place,
                                    numbered.window_number,
                                    numbered.event_count,
                                    numbered.ratio,
                                    numbered.overdispersion,
                                    numbered.baseline_windows,
                                    numbered.remembered_cycles,
                                    judged.strange_count,
                                    judged.known_count,
                                    judged.remembered,
                                    judged.latest,
                                    -- Null before there are enough.
                                    case
                                        when
                                            judged.known_count
                                            >= numbered.baseline_windows
                                            then
                                                {{ offpath.list_slice(
                                                    "judged.remembered",
                                                    "judged.known_count"
                                                    " - numbered.baseline_windows + 1",
                                                    "judged.known_count",
                                                ) }}
                                    end as recent,
                                    case
                                        when
                                            judged.known_count
                                            >= numbered.baseline_windows
                                            then
                                                {{ offpath.list_slice(
                                                    "judged.remembered",
                                                    "1",
                                                    "numbered.baseline_windows",
                                                ) }}
                                    end as earlier

                                from judged
                                inner join {{ ref("int_windows_numbered") }} as numbered
                                    on
                                        judged.place = numbered.place
                                        and judged.window_number + 1
                                        = numbered.window_number
                            ) as windows
                        ) as levelled
                    ) as placed
                ) as expected
            ) as compared
        ) as counted
    ) as settled

),

windows_compared as (

    select
        windows_numbered.rule_id,
        windows_numbered.segment,
        windows_numbered.window_at,
        windows_numbered.window_ended_at,
        windows_numbered.event_count,
        windows_numbered.overdispersion,
        judged.is_unusual,
        judged.is_learnt,
        case windows_numbered.direction
            when 'spike' then judged.high_count
            when 'drop' then judged.low_count
        end as usual_count,
        case windows_numbered.direction
            when 'spike' then least(judged.recent_count, judged.earlier_count)
            when 'drop' then greatest(judged.recent_count, judged.earlier_count)
        end as resting_count

    from {{ ref("int_windows_numbered") }} as windows_numbered
    inner join judged
        on
            windows_numbered.place = judged.place
            and windows_numbered.window_number = judged.window_number

)

select * from windows_compared
