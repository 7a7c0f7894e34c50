{{ config(materialized="view") }}

with

gate_passages as (

    select * from {{ ref("int_gate_passages") }}

),

gate_passages_due as (

    select * from gate_passages
    where {{ offpath.is_due("journey", "case_id", "int_gate_failures") }}

)

select * from gate_passages_due
