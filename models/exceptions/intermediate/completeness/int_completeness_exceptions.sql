with

gate_spells as (

    select * from {{ ref("int_gate_spells") }}

),

case_endings as (

    select * from {{ ref("int_case_endings") }}

),

completeness_exceptions as (

    {{ offpath.completeness_exceptions("gate_spells", "case_endings") }}

)

select * from completeness_exceptions
