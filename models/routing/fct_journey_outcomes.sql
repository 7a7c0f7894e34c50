with

cases as (

    select * from {{ ref("fct_cases") }}

),

exceptions as (

    select * from {{ ref("fct_exceptions") }}

),

ended as (

    select
        journey,
        cast(date_trunc('week', ended_at) as date) as week_date,
        count(*) as ended_count,
        {{ offpath.median_of("elapsed_seconds") }} as median_lead_seconds,
        {{ offpath.median_of("business_seconds") }} as median_lead_business_seconds,
        avg(
            case when rework_count > 0 or escalation_count > 0 then 1.0e0 else 0.0e0 end
        ) as change_failure_share

    from cases
    where ended_as in ('good', 'bad')
    group by journey, cast(date_trunc('week', ended_at) as date)

),

restored as (

    select
        journey,
        cast(date_trunc('week', cleared_at) as date) as week_date,
        count(*) as restored_count,
        {{ offpath.median_of(
            offpath.seconds_between("detected_at", "cleared_at")
        ) }} as median_restore_seconds

    from exceptions
    where clear_reason = 'mended'
    group by journey, cast(date_trunc('week', cleared_at) as date)

),

journey_outcomes as (

    select
        coalesce(ended.journey, restored.journey) as journey,
        coalesce(ended.week_date, restored.week_date) as week_date,
        cast(coalesce(ended.ended_count, 0) as bigint) as ended_count,
        cast(ended.median_lead_seconds as double) as median_lead_seconds,
        cast(ended.median_lead_business_seconds as double)
            as median_lead_business_seconds,
        cast(ended.change_failure_share as double) as change_failure_share,
        cast(coalesce(restored.restored_count, 0) as bigint) as restored_count,
        cast(restored.median_restore_seconds as double) as median_restore_seconds

    from ended
    full outer join restored
        on
            ended.journey = restored.journey
            and ended.week_date = restored.week_date

)

select * from journey_outcomes
