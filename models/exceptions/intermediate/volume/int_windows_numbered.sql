with

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

-- In the order in which they are gone through: DuckDB then reads of the table, in each
-- step, the part that the step is about.
windows_numbered as (

    select * from numbered
    order by window_number, place

)

select * from windows_numbered
