with

variant_edges as (

    select * from {{ ref("int_variant_edges") }}

),

variant_endings as (

    select * from {{ ref("int_variant_endings") }}

),

walked as (

    select
        journey,
        variant_id,
        min(case when is_reference then 1 when not is_reference then 0 end)
            as is_on_reference

    from variant_edges
    group by journey, variant_id

),

-- A journey without a reference path has nothing to stand against a variant.
ranked as (

    select
        variant_endings.journey,
        variant_endings.variant_id,
        variant_endings.good_count,
        row_number() over (
            partition by variant_endings.journey
            order by variant_endings.good_count desc, variant_endings.variant_id
        ) as good_rank

    from variant_endings
    inner join walked
        on
            variant_endings.journey = walked.journey
            and variant_endings.variant_id = walked.variant_id
    where
        variant_endings.good_count > 0
        and not variant_endings.was_abandoned
        and coalesce(walked.is_on_reference, 1) = 1
        and coalesce(variant_endings.is_reference, true)

),

happy_paths as (

    select
        journey,
        variant_id,
        good_count

    from ranked
    where good_rank = 1

)

select * from happy_paths
