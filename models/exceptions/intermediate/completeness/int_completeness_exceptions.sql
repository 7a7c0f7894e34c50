with

gate_passages as (

    select * from {{ ref("int_gate_passages") }}

),

gate_failures as (

    select * from {{ ref("int_gate_failures") }}

),

case_endings as (

    select * from {{ ref("int_case_endings") }}

),

completeness_exceptions as (

    {{ offpath.completeness_exceptions(
        "gate_passages", "gate_failures", "case_endings"
    ) }}

)

select * from completeness_exceptions
