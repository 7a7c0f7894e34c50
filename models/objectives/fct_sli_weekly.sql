with

sli_days as (

    select * from {{ ref("int_sli_days_counted") }}

),

counted as (

    select
        slo_id,
        journey,
        timezone,
        cast(date_trunc('week', counted_date) as date) as week_date,
        sum(valid_count) as valid_count,
        sum(good_count) as good_count,
        sum(bad_count) as bad_count,
        sum(excluded_count) as excluded_count,
        sum(pending_count) as pending_count,
        sum(allowed_count) as allowed_count

    from sli_days
    group by
        slo_id, journey, timezone, cast(date_trunc('week', counted_date) as date)

),

sli_weekly as (

    select
        slo_id,
        journey,
        week_date,
        {{ offpath.utc_to_local(offpath.as_of(), "timezone") }}
        >= {{ offpath.add_seconds("cast(week_date as timestamp)", "604800") }}
            as is_complete,
        cast(valid_count as bigint) as valid_count,
        cast(good_count as bigint) as good_count,
        cast(bad_count as bigint) as bad_count,
        cast(excluded_count as bigint) as excluded_count,
        cast(pending_count as bigint) as pending_count,
        cast(good_count as double) / nullif(valid_count, 0) as sli,
        {{ offpath.without_noise("allowed_count") }} as allowed_count

    from counted

)

select * from sli_weekly
