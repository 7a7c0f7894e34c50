with

cases as (

    select
        journey,
        case_id,
        variant_id,
        started_at,
        ended_at,
        is_open

    from {{ ref("fct_cases") }}

),

variants as (

    select * from {{ ref("dim_variants") }}

),

journey_timezones as (

    select * from {{ ref("int_journey_timezones") }}

),

{% for instant in ["started", "ended"] -%}
{{ instant }}_dated as (

    {{ offpath.local_date_added(
        "cases", "journey_timezones", instant ~ "_at", "local_date"
    ) }}

),

{{ instant }} as (

    select
        journey,
        variant_id,
        cast(date_trunc('week', local_date) as date) as week_date,
        count(*) as case_count,
        sum(case when is_open then 1 else 0 end) as open_count

    from {{ instant }}_dated
    where local_date is not null
    group by journey, variant_id, cast(date_trunc('week', local_date) as date)

),

{% endfor -%}
happened as (

    select
        journey,
        variant_id,
        week_date,
        case_count as started_count,
        open_count,
        0 as ended_count

    from started
    union all
    select
        journey,
        variant_id,
        week_date,
        0 as started_count,
        0 as open_count,
        case_count as ended_count

    from ended

),

variant_weeks as (

    select
        journey,
        variant_id,
        week_date,
        sum(started_count) as started_count,
        sum(open_count) as open_count,
        sum(ended_count) as ended_count

    from happened
    group by journey, variant_id, week_date

),

-- A week is judged once it is over, and only where cases ended in it at all.
journey_weeks as (

    select
        variant_weeks.journey,
        variant_weeks.week_date,
        {{ offpath.utc_to_local(offpath.as_of(), "journey_timezones.timezone") }}
        >= {{ offpath.add_seconds(
            "cast(variant_weeks.week_date as timestamp)", "604800"
        ) }} as is_complete,
        sum(variant_weeks.ended_count) as ended_count

    from variant_weeks
    inner join journey_timezones
        on variant_weeks.journey = journey_timezones.journey
    group by
        variant_weeks.journey, variant_weeks.week_date, journey_timezones.timezone

),

first_weeks as (

    select
        journey,
        min(week_date) as week_date

    from ended
    group by journey

),

-- The three rows before, of weeks in which a case went that way to its end, and the one
-- after.
seen as (

    select
        journey,
        variant_id,
        week_date,
        min(week_date) over in_variant as first_week_date,
        lag(week_date, 3) over in_variant as third_last_date,
        lead(week_date) over in_variant as next_date,
        cast(
            {{ offpath.add_seconds("cast(week_date as timestamp)", "604800") }} as date
        ) as week_after_date,
        cast(
            {{ offpath.add_seconds("cast(week_date as timestamp)", "-1814400") }}
            as date
        ) as three_weeks_before_date,
        case_count
        + lag(case_count, 1, 0) over in_variant
        + lag(case_count, 2, 0) over in_variant
        + lag(case_count, 3, 0) over in_variant as four_weeks_count

    from ended

    window in_variant as (partition by journey, variant_id order by week_date)

),

-- Four weeks in a row, and then none.
vanished as (

    select
        seen.journey,
        seen.variant_id,
        seen.week_after_date as week_date,
        seen.four_weeks_count

    from seen
    inner join journey_weeks
        on
            seen.journey = journey_weeks.journey
            and seen.week_after_date = journey_weeks.week_date
    where
        seen.third_last_date = seen.three_weeks_before_date
        and coalesce(seen.next_date <> seen.week_after_date, true)
        and journey_weeks.is_complete
        and journey_weeks.ended_count > 0

),

weeks as (

    {% for relation in ["variant_weeks", "vanished"] %}
    select
        journey,
        variant_id,
        week_date

    from {{ relation }}
    {{ "union" if not loop.last }}
    {% endfor %}

),

variants_weekly as (

    select
        weeks.journey,
        weeks.week_date,
        weeks.variant_id,
        variants.variant,
        journey_weeks.is_complete,
        cast(coalesce(variant_weeks.started_count, 0) as bigint) as started_count,
        cast(coalesce(variant_weeks.open_count, 0) as bigint) as open_count,
        cast(coalesce(variant_weeks.ended_count, 0) as bigint) as ended_count,
        case
            when weeks.week_date <> first_weeks.week_date
                then coalesce(weeks.week_date = seen.first_week_date, false)
        end as is_new,
        case
            when journey_weeks.is_complete and journey_weeks.ended_count > 0
                then vanished.variant_id is not null
        end as is_vanishing,
        cast(vanished.four_weeks_count as bigint) as four_weeks_count

    from weeks
    inner join variants
        on
            weeks.journey = variants.journey
            and weeks.variant_id = variants.variant_id
    inner join journey_weeks
        on
            weeks.journey = journey_weeks.journey
            and weeks.week_date = journey_weeks.week_date
    left join first_weeks
        on weeks.journey = first_weeks.journey
    left join variant_weeks
        on
            weeks.journey = variant_weeks.journey
            and weeks.variant_id = variant_weeks.variant_id
            and weeks.week_date = variant_weeks.week_date
    left join seen
        on
            weeks.journey = seen.journey
            and weeks.variant_id = seen.variant_id
            and weeks.week_date = seen.week_date
    left join vanished
        on
            weeks.journey = vanished.journey
            and weeks.variant_id = vanished.variant_id
            and weeks.week_date = vanished.week_date

)

select * from variants_weekly
