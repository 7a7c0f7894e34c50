with

variant_events as (

    select * from {{ ref("int_variant_events_placed") }}

),

cases as (

    select
        journey,
        count(*) as journey_case_count

    from {{ ref("fct_cases") }}
    where ended_as in ('good', 'bad')
    group by journey

),

counted as (

    select
        journey,
        event_name,
        sum(case_count) as case_count,
        sum(case when event_count = 1 then case_count else 0 end) as once_count,
        sum(case when first_number = 1 then case_count else 0 end) as first_count

    from variant_events
    group by journey, event_name

),

-- A rule on what one case in twenty does, or fewer, is no habit of the process.
frequent_events as (

    select
        counted.journey,
        counted.event_name,
        counted.case_count,
        counted.once_count,
        counted.first_count,
        cases.journey_case_count

    from counted
    inner join cases
        on counted.journey = cases.journey
    where counted.case_count >= 0.05e0 * cases.journey_case_count

)

select * from frequent_events
