with

defects_counted as (

    select * from {{ ref("int_defects_counted") }}

),

rules as (

    select * from {{ ref("int_rules_in_force") }}

),

quality_rules as (

    select * from {{ ref("quality_rules") }}

),

journey_timezones as (

    select * from {{ ref("int_journey_timezones") }}

),

placed as (

    select
        defects_counted.rule_id,
        defects_counted.segment,
        quality_rules.threshold_share,
        journey_timezones.timezone,
        date_trunc(
            'day',
            {{ offpath.utc_to_local(
                "defects_counted.hour_at", "journey_timezones.timezone"
            ) }}
        ) as local_day_at,
        defects_counted.defect_count,
        defects_counted.opportunity_count

    from defects_counted
    inner join rules
        on defects_counted.rule_id = rules.rule_id
    inner join quality_rules
        on rules.rule_id = quality_rules.rule_id
    inner join journey_timezones
        on rules.journey = journey_timezones.journey

),

-- A day is known when it is over.
days as (

    select
        rule_id,
        segment,
        threshold_share,
        {{ offpath.full_hour_from(
            offpath.local_to_utc(
                offpath.add_seconds("local_day_at", "86400"), "timezone"
            )
        ) }} as ended_at,
        sum(defect_count) as defect_count,
        sum(opportunity_count) as opportunity_count

    from placed
    group by rule_id, segment, threshold_share, timezone, local_day_at
    having sum(opportunity_count) > 0

),

paired as (

    select
        *,
        lag(defect_count) over in_segment as defect_count_before,
        lag(opportunity_count) over in_segment as opportunity_count_before

    from days

    window in_segment as (partition by rule_id, segment order by ended_at)

),

differing as (

    select
        rule_id,
        segment,
        threshold_share,
        ended_at,
        defect_count + defect_count_before as defect_count,
        opportunity_count + opportunity_count_before as opportunity_count,
        {{ offpath.without_noise(
            "power(defect_count * 1.0e0 / opportunity_count"
            ~ " - defect_count_before * 1.0e0 / opportunity_count_before, 2)"
            ~ " / (1.0e0 / opportunity_count + 1.0e0 / opportunity_count_before)"
        ) }} as squared_difference

    from paired
    where opportunity_count_before is not null

),

-- What is itself too much is no baseline for what comes next.
defect_days_compared as (

    select
        rule_id,
        segment,
        ended_at,
        defect_count,
        opportunity_count,
        squared_difference

    from differing
    where
        coalesce(
            {{ offpath.binomial_excess(
                "defect_count", "opportunity_count", "threshold_share"
            ) }},
            0
        )
        <= {{ var("quality_z") }}

)

select * from defect_days_compared
