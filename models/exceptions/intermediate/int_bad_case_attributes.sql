with

bad_cases as (

    select * from {{ ref("int_bad_cases") }}

),

journey_attributes as (

    select * from {{ ref("journey_attributes") }}

),

case_events as (

    select * from {{ ref("fct_case_events") }}

),

event_attributes as (

    select * from {{ ref("fct_event_attributes") }}

),

-- Few cases are bad, so that the attributes of few events are looked at.
events_until_bad as (

    select
        bad_cases.slo_id,
        bad_cases.journey,
        bad_cases.case_id,
        case_events.event_id,
        case_events.event_number

    from bad_cases
    inner join case_events
        on
            bad_cases.journey = case_events.journey
            and bad_cases.case_id = case_events.case_id
            and bad_cases.bad_at >= case_events.occurred_at

),

told as (

    select
        events_until_bad.slo_id,
        events_until_bad.journey,
        events_until_bad.case_id,
        events_until_bad.event_number,
        journey_attributes.attribute,
        {{ offpath.trimmed(offpath.json_text(
            "event_attributes.attributes", "journey_attributes.attribute"
        )) }} as attribute_value

    from events_until_bad
    inner join journey_attributes
        on events_until_bad.journey = journey_attributes.journey
    inner join event_attributes
        on
            events_until_bad.journey = event_attributes.journey
            and events_until_bad.event_id = event_attributes.event_id

),

last_told as (

    select
        slo_id,
        journey,
        case_id,
        attribute,
        max_by(attribute_value, event_number) as attribute_value

    from told
    where attribute_value is not null
    group by slo_id, journey, case_id, attribute

),

bad_case_attributes as (

    select
        bad_cases.slo_id,
        bad_cases.journey,
        bad_cases.case_id,
        bad_cases.bad_count,
        bad_cases.budget_cases,
        journey_attributes.attribute,
        last_told.attribute_value

    from bad_cases
    inner join journey_attributes
        on bad_cases.journey = journey_attributes.journey
    left join last_told
        on
            bad_cases.slo_id = last_told.slo_id
            and bad_cases.journey = last_told.journey
            and bad_cases.case_id = last_told.case_id
            and journey_attributes.attribute = last_told.attribute

)

select * from bad_case_attributes
