with

case_events as (

    select
        journey,
        event_name,
        actor,
        occurred_at,
        seconds_since_previous,
        is_defined

    from {{ ref("fct_case_events") }}

),

variant_events as (

    select * from {{ ref("int_variant_events") }}

),

variants as (

    select * from {{ ref("dim_variants") }}

),

journey_cases as (

    select
        journey,
        sum(case_count) as case_count

    from variants
    group by journey

),

timed as (

    select
        journey,
        event_name,
        count(*) as event_count,
        count(distinct actor) as actor_count,
        {{ offpath.median_of("seconds_since_previous") }} as median_seconds,
        {{ offpath.percentile_of("seconds_since_previous", "0.9e0") }} as p90_seconds,
        min(occurred_at) as first_seen_at,
        max(occurred_at) as last_seen_at,
        max(case when is_defined then 1 else 0 end) = 1 as is_defined

    from case_events
    group by journey, event_name

),

placed as (

    select
        variant_events.journey,
        variant_events.event_name,
        sum(variants.case_count) as case_count,
        {%- for place in ["first", "last"] %}
        {%- for cases in ["ended", "open"] %}
        sum(
            case
                when variant_events.is_{{ place }} then variants.{{ cases }}_count
                else 0
            end
        ) as {{ place }}_of_{{ cases }}_count,
        {%- endfor %}
        {%- endfor %}
        min(variant_events.minimum_self_distance) as minimum_self_distance

    from variant_events
    inner join variants
        on
            variant_events.journey = variants.journey
            and variant_events.variant_id = variants.variant_id
    group by variant_events.journey, variant_events.event_name

),

activities as (

    select
        timed.journey,
        timed.event_name,
        timed.is_defined,
        cast(timed.event_count as bigint) as event_count,
        cast(placed.case_count as bigint) as case_count,
        cast(placed.case_count as double) / journey_cases.case_count as case_share,
        cast(placed.first_of_ended_count as bigint) as first_of_ended_count,
        cast(placed.first_of_open_count as bigint) as first_of_open_count,
        cast(placed.last_of_ended_count as bigint) as last_of_ended_count,
        cast(placed.last_of_open_count as bigint) as last_of_open_count,
        cast(timed.actor_count as bigint) as actor_count,
        cast(placed.minimum_self_distance as bigint) as minimum_self_distance,
        cast(timed.median_seconds as double) as median_seconds,
        cast(timed.p90_seconds as double) as p90_seconds,
        timed.first_seen_at,
        timed.last_seen_at

    from timed
    inner join placed
        on
            timed.journey = placed.journey
            and timed.event_name = placed.event_name
    inner join journey_cases
        on timed.journey = journey_cases.journey

)

select * from activities
