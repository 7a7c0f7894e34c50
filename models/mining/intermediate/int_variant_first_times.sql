with

variant_events as (

    select * from {{ ref("int_variant_events_placed") }}

),

cases as (

    select
        journey,
        case_id,
        variant_id,
        first_event_at

    from {{ ref("fct_cases") }}
    where ended_as in ('good', 'bad')

),

-- Where an event is for the first time, its variant tells.
variant_first_times as (

    select
        variant_events.journey,
        variant_events.variant_id,
        case_events.event_number,
        sum({{ offpath.seconds_between(
            "cases.first_event_at", "case_events.occurred_at"
        ) }}) as seconds_until_first

    from {{ ref("fct_case_events") }} as case_events
    inner join cases
        on
            case_events.journey = cases.journey
            and case_events.case_id = cases.case_id
    inner join variant_events
        on
            cases.journey = variant_events.journey
            and cases.variant_id = variant_events.variant_id
            and case_events.event_number = variant_events.first_number
    group by
        variant_events.journey, variant_events.variant_id, case_events.event_number

)

select * from variant_first_times
