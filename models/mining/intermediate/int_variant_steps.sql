-- What the names say is read once a variant, from one of its cases.
with

examples as (

    select
        journey,
        variant_id,
        min(case_id) as case_id

    from {{ ref("fct_cases") }}
    group by journey, variant_id

),

case_events as (

    select
        journey,
        case_id,
        event_number,
        event_name,
        previous_event_name,
        is_repeat,
        is_defined

    from {{ ref("fct_case_events") }}

),

variant_steps as (

    select
        examples.journey,
        examples.variant_id,
        case_events.event_number,
        case_events.event_name,
        case_events.previous_event_name,
        case_events.is_repeat,
        case_events.is_defined,
        examples.case_id as example_case_id

    from examples
    inner join case_events
        on
            examples.journey = case_events.journey
            and examples.case_id = case_events.case_id

)

select * from variant_steps
