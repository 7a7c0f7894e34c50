with

gate_passages as (

    select * from {{ ref("int_gate_passages") }}

),

gate_failures as (

    select * from {{ ref("int_gate_failures") }}

),

cases as (

    select * from {{ ref("fct_cases") }}

),

completeness_exceptions as (

    {{ offpath.completeness_exceptions("gate_passages", "gate_failures", "cases") }}

)

select * from completeness_exceptions
