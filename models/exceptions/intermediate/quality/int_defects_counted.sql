with

rules as (

    select * from {{ ref("int_rules_in_force") }}

),

quality_rules as (

    select * from {{ ref("quality_rules") }}

),

case_events as (

    select * from {{ ref("fct_case_events") }}
    where not is_repeat

),

attribute_segments as (

    select * from {{ ref("int_attribute_segments") }}

),

happened as (

    select
        rules.rule_id,
        quality_rules.segment_by,
        {{ offpath.segment_value(
            "quality_rules.segment_by", "case_events", "attribute_segments"
        ) }} as segment,
        date_trunc('hour', case_events.occurred_at) as hour_at,
        case_events.event_name = quality_rules.defect_event as is_defect,
        case_events.event_name = quality_rules.opportunity_event as is_opportunity

    from rules
    inner join quality_rules
        on rules.rule_id = quality_rules.rule_id
    inner join case_events
        on
            rules.journey = case_events.journey
            and (
                quality_rules.defect_event = case_events.event_name
                or quality_rules.opportunity_event = case_events.event_name
            )
    left join attribute_segments
        on
            rules.rule_id = attribute_segments.rule_id
            and case_events.event_id = attribute_segments.event_id

),

defects_counted as (

    select
        rule_id,
        segment,
        hour_at,
        sum(case when is_defect then 1 else 0 end) as defect_count,
        sum(case when is_opportunity then 1 else 0 end) as opportunity_count

    from happened
    where segment_by is null or segment is not null
    group by rule_id, segment, hour_at

)

select * from defects_counted
