{{ config(alias="Tags") }}

with

case_exceptions as (

    select * from {{ ref("fct_exceptions") }}
    where journey = '{{ var("uipath_journey") }}' and subject_type = 'case'

),

uipath_tags as (

    select
        exception_id as Tag_ID,
        subject_id as Case_ID,
        rule_title as Tag,
        family as Tag_type

    from case_exceptions

)

select * from uipath_tags
