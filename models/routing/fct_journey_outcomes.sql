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
    "cases": "ended_at", "case_endings": "ended_at", "exceptions": "detected_at"
} -%}
{% for relation, instant in instants.items() -%}
{{ relation }}_dated as (

    {{ offpath.local_date_added(
        relation, "journey_timezones", instant, "local_date"
    ) }}

),

{{ relation }}_by_week as (

    select
        *,
        cast(date_trunc('week', local_date) as date) as week_date

    from {{ relation }}_dated
    where local_date is not null

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

detected as (

    select
        journey,
        week_date,
        count(*) as detected_count,
        sum(case when clear_reason = 'mended' then 1 else 0 end) as restored_count,
        sum(case when is_open then 1 else 0 end) as open_count,
        sum(case when clear_reason <> 'mended' then 1 else 0 end) as lapsed_count

    from exceptions_by_week
    group by journey, week_date

),

-- How long each was watched: until it was mended, else as long as it could have been,
-- until the clock or until it was over in another way. Of those the time to restore is
-- longer than that, nobody knows by how much.
watched as (

    select
        journey,
        week_date,
        {{ offpath.seconds_between(
            "detected_at",
            "coalesce(cleared_at, " ~ offpath.as_of() ~ ")",
        ) }} as watched_seconds,
        coalesce(clear_reason = 'mended', false) as is_restored

    from exceptions_by_week

),

surviving as (

    {{ offpath.surviving_shares(
        "watched", ["journey", "week_date"], "watched_seconds", "is_restored"
    ) }}

),

restored as (

    select
        journey,
        week_date,
        {{ offpath.survival_quantile("watched_seconds", "0.5e0") }}
            as median_restore_seconds

    from surviving
    group by journey, week_date

),

weeks as (

    {% for relation in ["ended", "reopened", "detected"] %}
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
        cast(coalesce(detected.detected_count, 0) as bigint) as detected_count,
        cast(coalesce(detected.restored_count, 0) as bigint) as restored_count,
        cast(coalesce(detected.open_count, 0) as bigint) as open_count,
        cast(coalesce(detected.lapsed_count, 0) as bigint) as lapsed_count,
        cast(restored.median_restore_seconds as double) as median_restore_seconds

    from weeks
    inner join journey_timezones
        on weeks.journey = journey_timezones.journey
    {% for relation in ["ended", "reopened", "detected", "restored"] -%}
    left join {{ relation }}
        on
            weeks.journey = {{ relation }}.journey
            and weeks.week_date = {{ relation }}.week_date
    {% endfor %}

)

select * from journey_outcomes
