with

rules as (

    select * from {{ ref("int_rules_in_force") }}

),

quality_rules as (

    select * from {{ ref("quality_rules") }}

),

case_events as (

    select * from {{ ref("fct_case_events") }}

),

quality_exceptions as (

    {{ offpath.quality_exceptions("rules", "quality_rules", "case_events") }}

)

select * from quality_exceptions
