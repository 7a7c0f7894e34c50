with

exceptions_detected as (

    select * from {{ ref("int_exceptions_detected") }}

),

exception_windows as (

    select * from {{ ref("int_exception_windows") }}

),

budget_rules as (

    select * from {{ ref("budget_rules") }}

),

slo_case_hours as (

    select * from {{ ref("int_slo_case_hours") }}
    where bad_hour is not null

),

attribute_segments as (

    select * from {{ ref("int_attribute_segments") }}

),

days as (

    select
        exception_id,
        rule_id,
        journey,
        role,
        event_name,
        segment_by,
        segment,
        starts_at,
        ends_at,
        {{ offpath.unnested_timestamps(
            "date_trunc('day', starts_at)", "ends_at", 86400
        ) }} as day_at

    from exception_windows

),

-- By days, so that what was counted is looked up and not compared with all events.
counted as (

    select
        days.exception_id,
        days.journey,
        case_events.case_id,
        days.role,
        count(*) as event_count

    from days
    inner join {{ ref("fct_case_events") }} as case_events
        on
            days.journey = case_events.journey
            and days.event_name = case_events.event_name
            and days.day_at = date_trunc('day', case_events.occurred_at)
    left join attribute_segments
        on
            days.rule_id = attribute_segments.rule_id
            and case_events.event_id = attribute_segments.event_id
    where
        not case_events.is_repeat
        and case_events.occurred_at >= days.starts_at
        and case_events.occurred_at < days.ends_at
        and (
            days.segment_by is null
            or days.segment = {{ offpath.segment_value(
                "days.segment_by", "case_events", "attribute_segments"
            ) }}
        )
    group by days.exception_id, days.journey, case_events.case_id, days.role

),

burnt as (

    select
        exceptions_detected.exception_id,
        exceptions_detected.journey,
        {{ offpath.json_text("exceptions_detected.evidence", "'slo_id'") }} as slo_id,
        cast(
            {{ offpath.json_text("exceptions_detected.evidence", "'long_hours'") }}
            as integer
        ) as long_hours,
        {{ offpath.utc_timestamp(
            offpath.json_text("exceptions_detected.evidence", "'last_judged_at'")
        ) }} as last_judged_at

    from exceptions_detected
    inner join budget_rules
        on exceptions_detected.rule_id = budget_rules.rule_id

),

behind as (

    select
        exception_id,
        journey,
        subject_id as case_id,
        'subject' as role,
        1 as event_count

    from exceptions_detected
    where subject_type = 'case'
    union all
    select
        exception_id,
        journey,
        case_id,
        role,
        event_count

    from counted
    union all
    select
        burnt.exception_id,
        burnt.journey,
        slo_case_hours.case_id,
        'bad' as role,
        1 as event_count

    from burnt
    inner join slo_case_hours
        on
            burnt.slo_id = slo_case_hours.slo_id
            and burnt.last_judged_at >= slo_case_hours.counted_hour
            and burnt.last_judged_at >= slo_case_hours.bad_hour
            and burnt.last_judged_at < {{ offpath.add_seconds(
                "slo_case_hours.counted_hour", "burnt.long_hours * 3600"
            ) }}

),

ranked as (

    select
        *,
        row_number() over (
            partition by exception_id, role
            order by event_count desc, case_id asc
        ) as case_rank

    from behind

),

-- A thousand of a role are more than anybody looks at.
exception_cases as (

    select
        exception_id,
        journey,
        case_id,
        role,
        cast(event_count as bigint) as event_count

    from ranked
    where case_rank <= 1000

)

select * from exception_cases
