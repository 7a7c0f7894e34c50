with

rules as (

    select * from {{ ref("int_rules_in_force") }}

),

quality_rules as (

    select * from {{ ref("quality_rules") }}

),

defects_rolled as (

    select * from {{ ref("int_defects_rolled") }}

),

silent_hours as (

    select * from {{ ref("int_silent_hours") }}

),

quality_exceptions as (

    {{ offpath.quality_exceptions(
        "rules", "quality_rules", "defects_rolled", "silent_hours"
    ) }}

)

select * from quality_exceptions
