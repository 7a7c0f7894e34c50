with

variants_until_landmark as (

    select * from {{ ref("int_variants_until_landmark") }}

),

variant_steps as (

    select * from {{ ref("int_variant_steps") }}

),

reached as (

    select distinct
        journey,
        variant_id,
        event_count

    from variants_until_landmark

),

-- Cases of several variants have gone the same way until then.
variant_beginnings as (

    select
        reached.journey,
        reached.variant_id,
        reached.event_count,
        {{ offpath.ordered_hash(
            "variant_steps.event_name", "variant_steps.event_number"
        ) }} as beginning_id

    from reached
    inner join variant_steps
        on
            reached.journey = variant_steps.journey
            and reached.variant_id = variant_steps.variant_id
            and reached.event_count >= variant_steps.event_number
    group by reached.journey, reached.variant_id, reached.event_count

)

select * from variant_beginnings
