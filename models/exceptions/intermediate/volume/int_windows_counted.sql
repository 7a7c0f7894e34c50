with

rules as (

    select * from {{ ref("int_rules_in_force") }}

),

volume_rules as (

    select * from {{ ref("volume_rules") }}

),

attribute_segments as (

    select * from {{ ref("int_attribute_segments") }}

),

journey_timezones as (

    select * from {{ ref("int_journey_timezones") }}

),

watched as (

    select
        rules.rule_id,
        rules.journey,
        journey_timezones.timezone,
        -- Windows of whole days are days of the journey's zone.
        case
            when volume_rules.window_minutes % 1440 = 0 then journey_timezones.timezone
            else 'UTC'
        end as window_timezone,
        volume_rules.event_name,
        volume_rules.segment_by,
        volume_rules.window_minutes * 60 as window_seconds,
        case volume_rules.comparable
            when 'hour_of_day' then 86400
            when 'hour_of_week' then 604800
        end as cycle_seconds

    from rules
    inner join volume_rules
        on rules.rule_id = volume_rules.rule_id
    inner join journey_timezones
        on rules.journey = journey_timezones.journey

),

-- The timeline is read where it is used: a CTE that is read twice is written down.
happened as (

    select
        watched.rule_id,
        watched.segment_by,
        {{ offpath.segment_value(
            "watched.segment_by", "case_events", "attribute_segments"
        ) }} as segment,
        {{ offpath.window_start(
            "case_events.occurred_at", "watched.window_timezone", "watched.window_seconds"
        ) }} as local_window_at

    from watched
    inner join {{ ref("fct_case_events") }} as case_events
        on
            watched.journey = case_events.journey
            and watched.event_name = case_events.event_name
    left join attribute_segments
        on
            watched.rule_id = attribute_segments.rule_id
            and case_events.event_id = attribute_segments.event_id
    where not case_events.is_repeat

),

counted as (

    select
        rule_id,
        segment,
        local_window_at,
        count(*) as event_count

    from happened
    where segment_by is null or segment is not null
    group by rule_id, segment, local_window_at

),

-- Where a segment begins is told by any of its events, not only by those counted.
seen as (

    select
        watched.rule_id,
        watched.segment_by,
        {{ offpath.segment_value(
            "watched.segment_by", "case_events", "attribute_segments"
        ) }} as segment,
        case_events.occurred_at

    from watched
    inner join {{ ref("fct_case_events") }} as case_events
        on watched.journey = case_events.journey
    left join attribute_segments
        on
            watched.rule_id = attribute_segments.rule_id
            and case_events.event_id = attribute_segments.event_id

),

segments as (

    select
        rule_id,
        segment,
        min(occurred_at) as first_event_at

    from seen
    where segment_by is null or segment is not null
    group by rule_id, segment

),

spine as (

    select
        segments.rule_id,
        segments.segment,
        watched.window_seconds,
        watched.cycle_seconds,
        watched.timezone,
        watched.window_timezone,
        {{ offpath.unnested_timestamps(
            offpath.window_start(
                "segments.first_event_at",
                "watched.window_timezone",
                "watched.window_seconds",
            ),
            offpath.add_seconds(
                offpath.utc_to_local(offpath.as_of(), "watched.window_timezone"),
                "-watched.window_seconds",
            ),
            "watched.window_seconds",
        ) }} as local_window_at

    from segments
    inner join watched
        on segments.rule_id = watched.rule_id

),

spanned as (

    select
        spine.*,
        {{ offpath.local_to_utc("local_window_at", "window_timezone") }} as window_at,
        {{ offpath.local_to_utc(
            offpath.add_seconds("local_window_at", "window_seconds"), "window_timezone"
        ) }} as window_ended_at

    from spine

),

windows_counted as (

    select
        spanned.rule_id,
        spanned.segment,
        spanned.window_at,
        spanned.window_ended_at,
        coalesce(counted.event_count, 0) as event_count,
        -- Counted in whole windows, so that a change to or from daylight saving time
        -- leaves a window its place in the cycle.
        floor(
            {{ offpath.epoch_seconds(
                offpath.utc_to_local("spanned.window_at", "spanned.timezone")
            ) }} % spanned.cycle_seconds / spanned.window_seconds
        ) as cycle_position,
        cast(
            floor(
                {{ offpath.epoch_seconds(
                    offpath.utc_to_local("spanned.window_at", "spanned.timezone")
                ) }} / spanned.cycle_seconds
            ) as bigint
        ) as cycle_number

    from spanned
    left join counted
        on
            spanned.rule_id = counted.rule_id
            and coalesce(spanned.segment, '') = coalesce(counted.segment, '')
            and spanned.local_window_at = counted.local_window_at
    -- Where midnight comes twice, the day is over with the second.
    where spanned.window_ended_at <= {{ offpath.as_of() }}

)

select * from windows_counted
