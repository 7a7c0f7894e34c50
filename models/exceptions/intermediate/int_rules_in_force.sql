{{ config(materialized="view") }}

with

exception_rules as (

    select * from {{ ref("exception_rules") }}

),

rules_in_force as (

    select
        rule_id,
        journey,
        family,
        slo_id

    from exception_rules
    where stage in ('trial', 'live')

)

select * from rules_in_force
