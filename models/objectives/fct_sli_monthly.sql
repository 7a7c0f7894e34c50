with

sli_days as (

    select * from {{ ref("int_sli_days_counted") }}

),

counted as (

    select
        slo_id,
        journey,
        timezone,
        cast(date_trunc('month', counted_date) as date) as month_date,
        sum(valid_count) as valid_count,
        sum(good_count) as good_count,
        sum(bad_count) as bad_count,
        sum(excluded_count) as excluded_count,
        sum(pending_count) as pending_count,
        sum(allowed_count) as allowed_count

    from sli_days
    group by
        slo_id, journey, timezone, cast(date_trunc('month', counted_date) as date)

),

sli_monthly as (

    select
        slo_id,
        journey,
        month_date,
        {{ offpath.utc_to_local(offpath.as_of(), "timezone") }}
        >= date_trunc(
            'month',
            {{ offpath.add_seconds("cast(month_date as timestamp)", "2764800") }}
        )
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

select * from sli_monthly
