with

windows_counted as (

    select * from {{ ref("int_windows_counted") }}

),

volume_rules as (

    select * from {{ ref("volume_rules") }}

),

-- Two windows in a row of one place in the cycle, the fewer and the more events first.
paired as (

    select
        windows_counted.rule_id,
        windows_counted.segment,
        windows_counted.cycle_number,
        cast(
            least(
                windows_counted.event_count,
                lag(windows_counted.event_count) over in_place
            ) as double
        ) as fewer,
        cast(
            greatest(
                windows_counted.event_count,
                lag(windows_counted.event_count) over in_place
            ) as double
        ) as more,
        lag(windows_counted.event_count) over in_place is not null as is_pair,
        greatest(volume_rules.ratio, 1 / nullif(volume_rules.ratio, 0)) as ratio,
        volume_rules.minimum_count,
        {{ offpath.remembered_cycles("volume_rules.comparable") }} as remembered_cycles

    from windows_counted
    inner join volume_rules
        on windows_counted.rule_id = volume_rules.rule_id

    window
        in_place as (
            partition by
                windows_counted.rule_id,
                windows_counted.segment,
                windows_counted.cycle_position
            order by windows_counted.window_at
        )

),

-- What the rule would call an exception is no noise: it counts as far as the ratio goes.
limited as (

    select
        rule_id,
        segment,
        cycle_number,
        remembered_cycles,
        fewer,
        least(more, ratio * greatest(fewer, minimum_count)) as more

    from paired
    where is_pair

),

-- With the variance u + c u^2, the square of the difference of two counts is 2 u + 2 c u^2
-- in the mean, and their product u^2: c by the method of moments.
cycles as (

    select
        rule_id,
        segment,
        cycle_number,
        remembered_cycles,
        sum((more - fewer) * (more - fewer) - more - fewer) as excess,
        sum(2 * more * fewer) as weight

    from limited
    group by rule_id, segment, cycle_number, remembered_cycles

),

-- Each cycle is a past one of those that come.
pasts as (

    select
        rule_id,
        segment,
        cycle_number,
        excess,
        weight,
        {{ offpath.unnested_numbers("1", "remembered_cycles") }} as cycles_later

    from cycles

),

overdispersion_estimated as (

    select
        rule_id,
        segment,
        cycle_number + cycles_later as cycle_number,
        -- What varies by more than itself has had episodes: they are no noise either.
        least(
            greatest(
                {{ offpath.without_noise("sum(excess) / nullif(sum(weight), 0)") }}, 0
            ),
            1
        ) as overdispersion

    from pasts
    group by rule_id, segment, cycle_number + cycles_later

)

select * from overdispersion_estimated
