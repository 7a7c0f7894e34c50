{{ config(materialized=offpath.view_or_table()) }}

with

events as (

    select * from {{ ref("int_events_classified") }}

),

event_attributes as (

    select
        journey,
        case_id,
        event_id,
        attributes

    from events
    where disposition = 'accepted' and attributes is not null

)

select * from event_attributes
