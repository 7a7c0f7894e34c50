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

quality_exceptions as (

    {{ offpath.quality_exceptions("rules", "quality_rules", "defects_rolled") }}

)

select * from quality_exceptions
