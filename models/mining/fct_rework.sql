with

variants as (

    select * from {{ ref("dim_variants") }}

),

variant_steps as (

    select * from {{ ref("int_variant_steps") }}

),

-- How often a variant has an event tells it for each of its cases.
variant_events as (

    select
        journey,
        variant_id,
        event_name,
        count(*) as event_count,
        sum(case when event_name = previous_event_name then 1 else 0 end)
            as self_loop_count

    from variant_steps
    group by journey, variant_id, event_name

),

weighed as (

    select
        variant_events.*,
        variants.case_count

    from variant_events
    inner join variants
        on
            variant_events.journey = variants.journey
            and variant_events.variant_id = variants.variant_id

),

rework as (

    select
        journey,
        event_name,
        cast(sum(case_count * event_count) as bigint) as event_count,
        cast(sum(case_count) as bigint) as case_count,
        cast(sum(case when event_count > 1 then case_count else 0 end) as bigint)
            as rework_case_count,
        cast(sum(case_count * self_loop_count) as bigint) as self_loop_count,
        cast(sum(case_count * (event_count - 1 - self_loop_count)) as bigint)
            as repetition_count

    from weighed
    group by journey, event_name

)

select * from rework
