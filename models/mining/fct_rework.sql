with

variants as (

    select * from {{ ref("dim_variants") }}

),

variant_events as (

    select * from {{ ref("int_variant_events") }}

),

events_repeated as (

    select * from {{ ref("int_events_repeated") }}

),

-- How often a variant has an event tells it for each of its cases.
counted as (

    select
        variant_events.journey,
        variant_events.event_name,
        sum(variants.case_count * variant_events.event_count) as event_count,
        sum(variants.case_count) as case_count,
        sum(case when variant_events.event_count > 1 then variants.case_count else 0 end)
            as rework_case_count,
        sum(variants.case_count * variant_events.self_loop_count) as self_loop_count,
        sum(variants.case_count * variant_events.self_loop_run_count)
            as self_loop_run_count,
        sum(variants.case_count * variant_events.repetition_count) as repetition_count

    from variant_events
    inner join variants
        on
            variant_events.journey = variants.journey
            and variant_events.variant_id = variants.variant_id
    group by variant_events.journey, variant_events.event_name

),

runs as (

    select
        journey,
        event_name,
        case_id,
        run_number,
        max(case when not is_same_actor then 1 else 0 end) as has_other,
        max(case when is_same_actor is null then 1 else 0 end) as has_unknown

    from events_repeated
    where is_self_loop
    group by journey, event_name, case_id, run_number

),

runs_counted as (

    select
        journey,
        event_name,
        sum(case when has_other = 0 and has_unknown = 0 then 1 else 0 end)
            as same_actor_count,
        sum(has_other) as other_actor_count,
        sum(case when has_other = 0 then has_unknown else 0 end)
            as unknown_actor_count

    from runs
    group by journey, event_name

),

{% set actors = {
    "same": "is_same_actor", "other": "not is_same_actor", "unknown": "is_same_actor is null"
} -%}
repeats_counted as (

    select
        journey,
        event_name,
        {%- for actor, condition in actors.items() %}
        sum(case when is_self_loop and {{ condition }} then 1 else 0 end)
            as self_loop_{{ actor }}_actor_count,
        sum(case when not is_self_loop and {{ condition }} then 1 else 0 end)
            as repetition_{{ actor }}_actor_count,
        {%- endfor %}
        sum(elapsed_seconds) as rework_seconds,
        sum(business_seconds) as rework_business_seconds,
        {{ offpath.median_of("elapsed_seconds") }} as median_loop_seconds,
        {{ offpath.median_of("business_seconds") }} as median_loop_business_seconds

    from events_repeated
    group by journey, event_name

),

rework as (

    select
        counted.journey,
        counted.event_name,
        cast(counted.event_count as bigint) as event_count,
        cast(counted.case_count as bigint) as case_count,
        cast(counted.rework_case_count as bigint) as rework_case_count,
        cast(counted.self_loop_count as bigint) as self_loop_count,
        {%- for actor in actors %}
        cast(coalesce(repeats_counted.self_loop_{{ actor }}_actor_count, 0) as bigint)
            as self_loop_{{ actor }}_actor_count,
        {%- endfor %}
        cast(counted.self_loop_run_count as bigint) as self_loop_run_count,
        {%- for actor in actors %}
        cast(coalesce(runs_counted.{{ actor }}_actor_count, 0) as bigint)
            as self_loop_run_{{ actor }}_actor_count,
        {%- endfor %}
        cast(counted.repetition_count as bigint) as repetition_count,
        {%- for actor in actors %}
        cast(coalesce(repeats_counted.repetition_{{ actor }}_actor_count, 0) as bigint)
            as repetition_{{ actor }}_actor_count,
        {%- endfor %}
        cast(coalesce(repeats_counted.rework_seconds, 0) as bigint) as rework_seconds,
        cast(coalesce(repeats_counted.rework_business_seconds, 0) as bigint)
            as rework_business_seconds,
        cast(repeats_counted.median_loop_seconds as double) as median_loop_seconds,
        cast(repeats_counted.median_loop_business_seconds as double)
            as median_loop_business_seconds

    from counted
    left join repeats_counted
        on
            counted.journey = repeats_counted.journey
            and counted.event_name = repeats_counted.event_name
    left join runs_counted
        on
            counted.journey = runs_counted.journey
            and counted.event_name = runs_counted.event_name

)

select * from rework
