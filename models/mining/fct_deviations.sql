with

variant_edges as (

    select * from {{ ref("int_variant_edges") }}
    where not is_reference

),

variant_endings as (

    select * from {{ ref("int_variant_endings") }}
    where not is_reference

),

cases as (

    select
        journey,
        variant_id,
        count(*) as case_count

    from {{ ref("fct_cases") }}
    group by journey, variant_id

),

journeys as (

    select
        journey,
        sum(case_count) as case_count

    from cases
    group by journey

),

strayed as (

    select
        journey,
        variant_id,
        from_event,
        to_event,
        count(*) as edge_count,
        min(example_case_id) as example_case_id

    from variant_edges
    group by journey, variant_id, from_event, to_event

),

weighed as (

    select
        strayed.journey,
        strayed.from_event,
        strayed.to_event,
        cases.case_count * strayed.edge_count as occurrence_count,
        cases.case_count,
        strayed.example_case_id

    from strayed
    inner join cases
        on
            strayed.journey = cases.journey
            and strayed.variant_id = cases.variant_id
    union all
    select
        journey,
        from_event,
        to_event,
        case_count as occurrence_count,
        case_count,
        example_case_id

    from variant_endings

),

deviations as (

    select
        weighed.journey,
        weighed.from_event,
        weighed.to_event,
        cast(sum(weighed.occurrence_count) as bigint) as occurrence_count,
        cast(sum(weighed.case_count) as bigint) as case_count,
        cast(sum(weighed.case_count) as double) / min(journeys.case_count)
            as case_share,
        min(weighed.example_case_id) as example_case_id

    from weighed
    inner join journeys
        on weighed.journey = journeys.journey
    group by weighed.journey, weighed.from_event, weighed.to_event

)

select * from deviations
