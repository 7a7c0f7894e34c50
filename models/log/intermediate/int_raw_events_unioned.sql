{{ config(materialized="view") }}

with

raw_events as (

    {{ offpath.unioned_staging("event", "event_models") }}

)

select * from raw_events
