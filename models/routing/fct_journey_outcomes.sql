with

cases as (

    select * from {{ ref("fct_cases") }}

),

case_endings as (

    select * from {{ ref("int_case_endings") }}

),

exceptions as (

    select * from {{ ref("fct_exceptions") }}

),

journey_timezones as (

    select * from {{ ref("int_journey_timezones") }}

),

{% set instants = {
    "cases": "ended_at", "case_endings": "ended_at", "exceptions": "cleared_at"
} -%}
-- The time zone is asked for each quarter of an hour, since it is slow for every row.
quarters as (

    {% for relation, instant in instants.items() %}
    select
        journey,
        {{ offpath.floor_to_seconds(instant, 900) }} as quarter_at

    from {{ relation }}
    where {{ instant }} is not null
    {{ "union" if not loop.last }}
    {% endfor %}

),

placed as (

    select
        quarters.journey,
        quarters.quarter_at,
        cast(
            date_trunc(
                'week',
                {{ offpath.utc_to_local(
                    "quarters.quarter_at", "journey_timezones.timezone"
                ) }}
            ) as date
        ) as week_date

    from quarters
    inner join journey_timezones
        on quarters.journey = journey_timezones.journey

),

{% for relation, instant in instants.items() -%}
{{ relation }}_by_week as (

    select
        {{ relation }}.*,
        placed.week_date

    from {{ relation }}
    inner join placed
        on
            {{ relation }}.journey = placed.journey
            and {{ offpath.floor_to_seconds(relation ~ "." ~ instant, 900) }}
            = placed.quarter_at

),

{% endfor -%}
ended as (

    select
        journey,
        week_date,
        count(*) as ended_count,
        {{ offpath.median_of("elapsed_seconds") }} as median_lead_seconds,
        {{ offpath.median_of("business_seconds") }} as median_lead_business_seconds,
        avg(
            case when rework_count > 0 or escalation_count > 0 then 1.0e0 else 0.0e0 end
        ) as change_failure_share

    from cases_by_week
    where ended_as in ('good', 'bad')
    group by journey, week_date

),

reopened as (

    select
        journey,
        week_date,
        count(distinct case_id) as reopened_count

    from case_endings_by_week
    where ended_as in ('good', 'bad') and reopened_at is not null
    group by journey, week_date

),

restored as (

    select
        journey,
        week_date,
        count(*) as restored_count,
        {{ offpath.median_of(
            offpath.seconds_between("detected_at", "cleared_at")
        ) }} as median_restore_seconds

    from exceptions_by_week
    where clear_reason = 'mended'
    group by journey, week_date

),

weeks as (

    {% for relation in ["ended", "reopened", "restored"] %}
    select
        journey,
        week_date

    from {{ relation }}
    {{ "union" if not loop.last }}
    {% endfor %}

),

journey_outcomes as (

    select
        weeks.journey,
        weeks.week_date,
        {{ offpath.utc_to_local(offpath.as_of(), "journey_timezones.timezone") }}
        >= {{ offpath.add_seconds("cast(weeks.week_date as timestamp)", "604800") }}
            as is_complete,
        cast(coalesce(ended.ended_count, 0) as bigint) as ended_count,
        cast(coalesce(reopened.reopened_count, 0) as bigint) as reopened_count,
        cast(ended.median_lead_seconds as double) as median_lead_seconds,
        cast(ended.median_lead_business_seconds as double)
            as median_lead_business_seconds,
        cast(ended.change_failure_share as double) as change_failure_share,
        cast(coalesce(restored.restored_count, 0) as bigint) as restored_count,
        cast(restored.median_restore_seconds as double) as median_restore_seconds

    from weeks
    inner join journey_timezones
        on weeks.journey = journey_timezones.journey
    {% for relation in ["ended", "reopened", "restored"] -%}
    left join {{ relation }}
        on
            weeks.journey = {{ relation }}.journey
            and weeks.week_date = {{ relation }}.week_date
    {% endfor %}

)

select * from journey_outcomes
