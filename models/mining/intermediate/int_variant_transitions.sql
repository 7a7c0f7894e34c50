with

variant_steps as (

    select * from {{ ref("int_variant_steps") }}

),

variant_transitions as (

    select
        journey,
        variant_id,
        coalesce(previous_event_name, '[start]') as from_event,
        event_name as to_event,
        count(*) as transition_count

    from variant_steps
    group by
        journey, variant_id, coalesce(previous_event_name, '[start]'), event_name

)

select * from variant_transitions
