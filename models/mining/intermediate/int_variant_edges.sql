with

variant_steps as (

    select * from {{ ref("int_variant_steps") }}

),

reference_transitions as (

    select * from {{ ref("reference_transitions") }}

),

journeys_with_reference as (

    select distinct journey
    from reference_transitions

),

edges as (

    select
        journey,
        variant_id,
        event_number,
        coalesce(
            lag(event_name) over (
                partition by journey, variant_id
                order by event_number
            ),
            '[start]'
        ) as from_event,
        event_name as to_event,
        is_defined,
        example_case_id

    from variant_steps
    where not is_repeat

),

variant_edges as (

    select
        edges.journey,
        edges.variant_id,
        edges.event_number,
        edges.from_event,
        edges.to_event,
        case
            when journeys_with_reference.journey is not null
                then reference_transitions.journey is not null and edges.is_defined
        end as is_reference,
        edges.example_case_id

    from edges
    left join journeys_with_reference
        on edges.journey = journeys_with_reference.journey
    left join reference_transitions
        on
            edges.journey = reference_transitions.journey
            and edges.from_event = reference_transitions.from_event
            and edges.to_event = reference_transitions.to_event

)

select * from variant_edges
