with

windows_counted as (

    select * from {{ ref("int_windows_counted") }}

),

volume_rules as (

    select * from {{ ref("volume_rules") }}

),

numbered as (

    select
        *,
        row_number() over (
            partition by rule_id, segment, cycle_position
            order by window_at
        ) as cycle_number

    from windows_counted

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
            "1", "cast(volume_rules.baseline_windows as bigint)"
        ) }} as windows_later

    from numbered
    inner join volume_rules
        on numbered.rule_id = volume_rules.rule_id

),

usual as (

    select
        rule_id,
        segment,
        cycle_position,
        cycle_number + windows_later as cycle_number,
        count(*) as past_count,
        {{ offpath.median_of("event_count") }} as usual_count

    from pasts
    group by rule_id, segment, cycle_position, cycle_number + windows_later

),

windows_compared as (

    select
        numbered.rule_id,
        numbered.segment,
        numbered.window_at,
        numbered.window_ended_at,
        numbered.event_count,
        usual.past_count,
        usual.usual_count

    from numbered
    inner join usual
        on
            numbered.rule_id = usual.rule_id
            and coalesce(numbered.segment, '') = coalesce(usual.segment, '')
            and numbered.cycle_position = usual.cycle_position
            and numbered.cycle_number = usual.cycle_number

)

select * from windows_compared
