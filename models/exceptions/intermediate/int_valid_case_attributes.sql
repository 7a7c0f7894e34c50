with

valid_cases as (

    select * from {{ ref("int_valid_cases") }}

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

-- What is asked of a case is asked of its events once, however many objectives it has.
told as (

    select
        case_events.journey,
        case_events.case_id,
        case_events.occurred_at,
        case_events.event_number,
        journey_attributes.attribute,
        {{ offpath.trimmed(offpath.json_text(
            "event_attributes.attributes", "journey_attributes.attribute"
        )) }} as attribute_value

    from case_events
    inner join journey_attributes
        on case_events.journey = journey_attributes.journey
    inner join event_attributes
        on
            case_events.journey = event_attributes.journey
            and case_events.event_id = event_attributes.event_id
    where
        (case_events.journey, case_events.case_id) in (
            select
                valid_cases.journey,
                valid_cases.case_id

            from valid_cases
        )

),

last_told as (

    select
        valid_cases.slo_id,
        valid_cases.journey,
        valid_cases.case_id,
        told.attribute,
        max_by(told.attribute_value, told.event_number) as attribute_value

    from valid_cases
    inner join told
        on
            valid_cases.journey = told.journey
            and valid_cases.case_id = told.case_id
            and valid_cases.described_until_at >= told.occurred_at
    where told.attribute_value is not null
    group by
        valid_cases.slo_id,
        valid_cases.journey,
        valid_cases.case_id,
        told.attribute

),

valid_case_attributes as (

    select
        valid_cases.slo_id,
        valid_cases.journey,
        valid_cases.case_id,
        valid_cases.is_bad,
        valid_cases.counted_date,
        journey_attributes.attribute,
        last_told.attribute_value

    from valid_cases
    inner join journey_attributes
        on valid_cases.journey = journey_attributes.journey
    left join last_told
        on
            valid_cases.slo_id = last_told.slo_id
            and valid_cases.journey = last_told.journey
            and valid_cases.case_id = last_told.case_id
            and journey_attributes.attribute = last_told.attribute

)

select * from valid_case_attributes
