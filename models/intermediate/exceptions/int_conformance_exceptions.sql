with

rules as (

    select * from {{ ref("int_rules_in_force") }}

),

conformance_rules as (

    select * from {{ ref("conformance_rules") }}

),

case_events as (

    select * from {{ ref("fct_case_events") }}

),

case_endings as (

    select * from {{ ref("int_case_endings") }}

),

reference_transitions as (

    select * from {{ ref("reference_transitions") }}

),

conformance_exceptions as (

    {{ offpath.conformance_exceptions(
        "rules",
        "conformance_rules",
        "case_events",
        "case_endings",
        "reference_transitions",
    ) }}

)

select * from conformance_exceptions
