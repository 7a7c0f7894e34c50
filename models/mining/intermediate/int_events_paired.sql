{#- Each more is a hundred pairs more. -#}
{%- set most_events = 100 -%}

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
ranked as (

    select
        counted.*,
        cases.journey_case_count,
        counted.case_count >= 0.05e0 * cases.journey_case_count as is_frequent,
        row_number() over (
            partition by counted.journey
            order by counted.case_count desc, counted.event_name asc
        ) as event_rank

    from counted
    inner join cases
        on counted.journey = cases.journey

),

events_paired as (

    select
        journey,
        event_name,
        case_count,
        once_count,
        first_count,
        journey_case_count,
        is_frequent

    from ranked
    where is_frequent or event_rank <= {{ most_events }}

)

select * from events_paired
