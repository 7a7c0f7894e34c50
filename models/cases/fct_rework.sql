with

variants as (

    select * from {{ ref("dim_variants") }}

),

-- How often a variant has an event tells it for each of its cases.
variant_events as (

    select
        variants.journey,
        variants.variant_id,
        variants.case_count,
        case_events.event_name,
        count(*) as event_count,
        sum(
            case
                when case_events.event_name = case_events.previous_event_name then 1
                else 0
            end
        ) as self_loop_count

    from variants
    inner join {{ ref("fct_case_events") }} as case_events
        on
            variants.journey = case_events.journey
            and variants.example_case_id = case_events.case_id
    group by
        variants.journey,
        variants.variant_id,
        variants.case_count,
        case_events.event_name

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

    from variant_events
    group by journey, event_name

)

select * from rework
