{{ config(alias="Cases") }}

with

cases as (

    select * from {{ ref("fct_cases") }}
    where journey = '{{ var("uipath_journey") }}'

),

journeys as (

    select * from {{ ref("dim_journeys") }}

),

uipath_cases as (

    select
        cases.case_id as Case_ID,
        cases.case_id as {{ adapter.quote("Case") }},
        coalesce(cases.ended_as, 'open') as Case_status,
        cases.severity as Case_type,
        cast(cases.value_amount as double) as Case_value,
        journeys.owner_role as Case_owner

    from cases
    inner join journeys
        on cases.journey = journeys.journey

)

select * from uipath_cases
