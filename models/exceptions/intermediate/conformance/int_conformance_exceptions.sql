with

breaches_lasting as (

    select * from {{ ref("int_breaches_lasting") }}

),

answers_missed as (

    select * from {{ ref("int_answers_missed") }}

),

case_endings as (

    select * from {{ ref("int_case_endings") }}

),

silences_lasting as (

    select * from {{ ref("int_silences_lasting") }}

),

conformance_exceptions as (

    {{ offpath.conformance_exceptions(
        "breaches_lasting", "answers_missed", "case_endings", "silences_lasting"
    ) }}

)

select * from conformance_exceptions
