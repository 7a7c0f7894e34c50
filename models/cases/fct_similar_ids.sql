with

cases as (

    select * from {{ ref("fct_cases") }}

),

case_attributes as (

    select * from {{ ref("int_case_attributes") }}

),

case_promises as (

    select * from {{ ref("int_case_promises") }}

),

ids as (

    select
        journey,
        case_id,
        event_count

    from cases
    union all
    select
        journey,
        case_id,
        0 as event_count

    from case_attributes
    union all
    select
        journey,
        case_id,
        0 as event_count

    from case_promises

),

folded as (

    select
        journey,
        case_id,
        {{ offpath.folded_id("case_id") }} as folded_id,
        max(event_count) as event_count

    from ids
    group by journey, case_id

),

spelt as (

    select
        journey,
        folded_id,
        min(case_id) as first_id,
        max(case_id) as last_id

    from folded
    group by journey, folded_id

),

similar_ids as (

    select
        folded.journey,
        folded.case_id,
        {{ offpath.visible_text("folded.case_id") }} as visible_id,
        {{ offpath.visible_text(
            "case when folded.case_id = spelt.first_id then spelt.last_id"
            ~ " else spelt.first_id end"
        ) }} as similar_to,
        cast(folded.event_count as bigint) as event_count

    from folded
    inner join spelt
        on
            folded.journey = spelt.journey
            and folded.folded_id = spelt.folded_id
    where spelt.first_id <> spelt.last_id

)

select * from similar_ids
