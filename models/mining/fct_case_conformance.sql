with

cases as (

    select
        journey,
        case_id,
        variant_id,
        is_open,
        was_abandoned,
        ended_as

    from {{ ref("fct_cases") }}

),

variant_edges as (

    select * from {{ ref("int_variant_edges") }}

),

variant_endings as (

    select * from {{ ref("int_variant_endings") }}

),

happy_paths as (

    select * from {{ ref("dim_variants") }}
    where is_happy_path

),

-- What a variant says it says of all of its cases.
walked as (

    select
        journey,
        variant_id,
        count(*) as edge_count,
        sum(case when is_reference then 1 when not is_reference then 0 end)
            as reference_edge_count,
        min(case when not is_reference then event_number end)
            as first_deviation_number,
        min_by(
            from_event, case when not is_reference then event_number end
        ) as first_deviation_from,
        min_by(
            to_event, case when not is_reference then event_number end
        ) as first_deviation_to

    from variant_edges
    group by journey, variant_id

),

judged as (

    select
        cases.journey,
        cases.case_id,
        cases.variant_id,
        cases.is_open,
        cases.ended_as,
        walked.edge_count
        + case when variant_endings.variant_id is null then 0 else 1 end
            as edge_count,
        walked.reference_edge_count
        + case when variant_endings.is_reference then 1 else 0 end
            as reference_edge_count,
        coalesce(
            walked.first_deviation_number,
            case
                when not variant_endings.is_reference
                    then variant_endings.event_number
            end
        ) as first_deviation_number,
        case
            when walked.first_deviation_number is not null
                then walked.first_deviation_from
            when not variant_endings.is_reference then variant_endings.from_event
        end as first_deviation_from,
        case
            when walked.first_deviation_number is not null
                then walked.first_deviation_to
            when not variant_endings.is_reference then variant_endings.to_event
        end as first_deviation_to

    from cases
    inner join walked
        on
            cases.journey = walked.journey
            and cases.variant_id = walked.variant_id
    left join variant_endings
        on
            cases.journey = variant_endings.journey
            and cases.variant_id = variant_endings.variant_id
            and cases.was_abandoned = variant_endings.was_abandoned
            and not cases.is_open

),

case_conformance as (

    select
        judged.journey,
        judged.case_id,
        judged.is_open,
        cast(judged.edge_count as bigint) as edge_count,
        cast(judged.reference_edge_count as bigint) as reference_edge_count,
        cast(judged.reference_edge_count as double) / judged.edge_count as fitness,
        judged.reference_edge_count = judged.edge_count as is_on_reference,
        coalesce(
            not judged.is_open
            and judged.ended_as = 'good'
            and judged.variant_id = happy_paths.variant_id,
            false
        ) as is_happy_path,
        cast(judged.first_deviation_number as integer) as first_deviation_number,
        judged.first_deviation_from,
        judged.first_deviation_to

    from judged
    left join happy_paths
        on judged.journey = happy_paths.journey

)

select * from case_conformance
