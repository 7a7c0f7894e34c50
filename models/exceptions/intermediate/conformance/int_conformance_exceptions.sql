with

conformance_breaches as (

    select * from {{ ref("int_conformance_breaches") }}

),

case_endings as (

    select * from {{ ref("int_case_endings") }}

),

conformance_exceptions as (

    {{ offpath.conformance_exceptions("conformance_breaches", "case_endings") }}

)

select * from conformance_exceptions
