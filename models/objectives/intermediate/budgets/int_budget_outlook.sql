{{ config(materialized="view") }}

with

slos as (

    select * from {{ ref("slos") }}
    where calendar_window is null

),

slo_targets as (

    select * from {{ ref("int_slo_targets") }}

),

sli_cases as (

    select * from {{ ref("fct_sli_cases") }}
    where verdict in ('good', 'bad') and counted_at <= {{ offpath.as_of() }}

),

-- Days are of 24 hours and end at the clock; the youngest has age 0.
aged as (

    select
        slos.slo_id,
        slos.window_days,
        floor(
            {{ offpath.seconds_between("sli_cases.counted_at", offpath.as_of()) }}
            / 86400
        ) as age_days,
        case when sli_cases.verdict = 'bad' then 1 else 0 end as is_bad,
        1 - slo_targets.target as allowed_share

    from slos
    inner join sli_cases
        on
            slos.slo_id = sli_cases.slo_id
            and {{ offpath.add_seconds(
                offpath.as_of(), "-86400 * greatest(slos.window_days, 7)"
            ) }} < sli_cases.counted_at
    inner join slo_targets
        on
            slos.slo_id = slo_targets.slo_id
            and {{ offpath.is_in_force("slo_targets", "sli_cases.counted_at") }}

),

counted_by_age as (

    select
        slo_id,
        window_days,
        age_days,
        count(*) as valid_count,
        sum(is_bad) as bad_count,
        sum(allowed_share) as allowed_count

    from aged
    group by slo_id, window_days, age_days

),

-- What a day adds to the cases that are left, if it is as the last seven were.
paces as (

    select
        counted_by_age.slo_id,
        counted_by_age.window_days,
        (
            (1 - slo_targets.target) * sum(counted_by_age.valid_count)
            - sum(counted_by_age.bad_count)
        )
        / 7.0e0 as left_a_day

    from counted_by_age
    inner join slo_targets
        on
            counted_by_age.slo_id = slo_targets.slo_id
            and {{ offpath.is_in_force("slo_targets", offpath.as_of()) }}
    where counted_by_age.age_days < 7
    group by counted_by_age.slo_id, counted_by_age.window_days, slo_targets.target
    having sum(counted_by_age.bad_count) > 0

),

days as (

    select
        *,
        {{ offpath.unnested_numbers(0, "window_days") }} as days_ahead

    from paces

),

-- Each day ahead, the oldest day of the window leaves it.
budget_outlook as (

    select
        days.slo_id,
        days.days_ahead,
        {{ offpath.without_noise(
            "coalesce(sum(counted_by_age.allowed_count - counted_by_age.bad_count), 0)"
            ~ " + days.days_ahead * days.left_a_day"
        ) }} as left_cases

    from days
    left join counted_by_age
        on
            days.slo_id = counted_by_age.slo_id
            and counted_by_age.age_days < days.window_days - days.days_ahead
    group by days.slo_id, days.days_ahead, days.left_a_day

)

select * from budget_outlook
