{{ config(materialized="view") }}

with

gate_passages as (

    select * from {{ ref("int_gate_passages") }}

),

gate_passages_due as (

    select * from gate_passages
    where {{ offpath.is_due_when_read("int_gate_failures", "journey", "case_id") }}

)

select * from gate_passages_due
