{{ config(materialized="view") }}

with

raw_promises as (

    {{ offpath.unioned_staging("promise", "promise_models") }}

)

select * from raw_promises
