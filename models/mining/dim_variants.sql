with

cases as (

    select * from {{ ref("fct_cases") }}

),

variant_steps as (

    select * from {{ ref("int_variant_steps") }}

),

counted as (

    select
        journey,
        variant_id,
        count(*) as case_count,
        sum(case when is_open then 1 else 0 end) as open_count,
        sum(case when ended_as = 'good' then 1 else 0 end) as good_count,
        sum(case when ended_as = 'bad' then 1 else 0 end) as bad_count,
        {{ offpath.median_of("case when not is_open then elapsed_seconds end") }}
            as median_seconds

    from cases
    group by journey, variant_id

),

spelt as (

    select
        journey,
        variant_id,
        {{ offpath.ordered_list("event_name", "event_number", " > ") }} as variant,
        count(*) as event_count,
        count(*) - count(distinct event_name) as rework_count,
        sum(case when event_name = previous_event_name then 1 else 0 end)
            as self_loop_count,
        min(example_case_id) as example_case_id

    from variant_steps
    group by journey, variant_id

),

variants as (

    select
        counted.journey,
        counted.variant_id,
        spelt.variant,
        cast(spelt.event_count as bigint) as event_count,
        cast(spelt.self_loop_count as bigint) as self_loop_count,
        cast(spelt.rework_count - spelt.self_loop_count as bigint) as repetition_count,
        cast(counted.case_count as bigint) as case_count,
        cast(counted.case_count as double) / sum(counted.case_count) over (
            partition by counted.journey
        ) as case_share,
        cast(counted.open_count as bigint) as open_count,
        cast(counted.good_count as bigint) as good_count,
        cast(counted.bad_count as bigint) as bad_count,
        cast(counted.median_seconds as double) as median_seconds,
        spelt.example_case_id

    from counted
    inner join spelt
        on
            counted.journey = spelt.journey
            and counted.variant_id = spelt.variant_id

)

select * from variants
