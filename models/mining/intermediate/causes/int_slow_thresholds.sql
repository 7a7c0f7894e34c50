with

cases as (

    select * from {{ ref("fct_cases") }}
    where
        ended_as in ('good', 'bad')
        and not is_excluded
        and business_seconds is not null

),

ranked as (

    select
        journey,
        business_seconds,
        row_number() over (
            partition by journey
            order by business_seconds, case_id
        ) as case_rank,
        count(*) over (partition by journey) as case_count

    from cases

),

slow_thresholds as (

    select
        journey,
        business_seconds / 60.0e0 as threshold_minutes

    from ranked
    where case_rank = ceil(case_count * 9 / 10.0e0) and business_seconds > 0

)

select * from slow_thresholds
