{{ config(materialized="view") }}

with

raw_cases as (

    {{ offpath.unioned_staging("case", "case_models") }}

)

select * from raw_cases
