-- The visits are read where they are used: a CTE that is read twice is written down.
with

visits_summarised as (

    select
        journey,
        state,
        count(*) as visit_count,
        count(distinct case_id) as case_count,
        sum(case when is_open then 1 else 0 end) as open_count,
        avg(case when not is_open then elapsed_seconds end) as mean_seconds,
        avg(case when not is_open then business_seconds end) as mean_business_seconds,
        {{ offpath.median_of("case when is_open then elapsed_seconds end") }}
            as median_open_seconds,
        {{ offpath.median_of("case when is_open then business_seconds end") }}
            as median_open_business_seconds,
        sum(elapsed_seconds) as total_seconds,
        sum(business_seconds) as total_business_seconds

    from {{ ref("int_state_visits") }}
    where not ends_case
    group by journey, state

),

{% for column in ["elapsed_seconds", "business_seconds"] -%}
{% set clock = column | replace("_seconds", "") -%}
{{ clock }}_visits as (

    select
        journey,
        state,
        {{ column }},
        is_open

    from {{ ref("int_state_visits") }}
    where not ends_case

),

{{ clock }}_surviving as (

    {{ offpath.surviving_shares(
        clock ~ "_visits", ["journey", "state"], column, "not is_open"
    ) }}

),

{{ clock }}_quantiles as (

    select
        journey,
        state,
        {{ offpath.survival_quantile(column, "0.5e0") }} as median_seconds,
        {{ offpath.survival_quantile(column, "0.1e0") }} as p90_seconds

    from {{ clock }}_surviving
    group by journey, state

),

{% endfor -%}
open_visits as (

    select
        journey,
        state,
        case_id,
        elapsed_seconds,
        business_seconds,
        row_number() over (
            partition by journey, state
            order by entered_at, case_id
        ) as age_rank

    from {{ ref("int_state_visits") }}
    where is_open

),

oldest_visits as (

    select * from open_visits
    where age_rank = 1

),

state_durations as (

    select
        visits_summarised.journey,
        visits_summarised.state,
        cast(visits_summarised.visit_count as bigint) as visit_count,
        cast(visits_summarised.case_count as bigint) as case_count,
        cast(visits_summarised.open_count as bigint) as open_count,
        cast(elapsed_quantiles.median_seconds as double) as median_seconds,
        cast(elapsed_quantiles.p90_seconds as double) as p90_seconds,
        cast(visits_summarised.mean_seconds as double) as mean_ended_seconds,
        cast(business_quantiles.median_seconds as double) as median_business_seconds,
        cast(business_quantiles.p90_seconds as double) as p90_business_seconds,
        cast(visits_summarised.mean_business_seconds as double)
            as mean_ended_business_seconds,
        cast(visits_summarised.median_open_seconds as double) as median_open_seconds,
        cast(visits_summarised.median_open_business_seconds as double)
            as median_open_business_seconds,
        oldest_visits.case_id as oldest_case_id,
        oldest_visits.elapsed_seconds as oldest_seconds,
        oldest_visits.business_seconds as oldest_business_seconds,
        cast(visits_summarised.total_seconds as bigint) as total_seconds,
        cast(visits_summarised.total_business_seconds as bigint)
            as total_business_seconds,
        cast(visits_summarised.total_seconds as double) / nullif(
            sum(visits_summarised.total_seconds) over (
                partition by visits_summarised.journey
            ),
            0
        ) as time_share

    from visits_summarised
    left join elapsed_quantiles
        on
            visits_summarised.journey = elapsed_quantiles.journey
            and visits_summarised.state = elapsed_quantiles.state
    left join business_quantiles
        on
            visits_summarised.journey = business_quantiles.journey
            and visits_summarised.state = business_quantiles.state
    left join oldest_visits
        on
            visits_summarised.journey = oldest_visits.journey
            and visits_summarised.state = oldest_visits.state

)

select * from state_durations
