{{ config(
    materialized=offpath.incremental_or_table(),
    incremental_strategy="by_case",
) }}

with

journey_attributes as (

    select * from {{ ref("journey_attributes") }}

),

case_events as (

    select
        journey,
        case_id,
        event_id,
        event_number,
        occurred_at

    from {{ ref("fct_case_events") }}
    where {{ offpath.is_due("journey", "case_id") }}

),

event_attributes as (

    select * from {{ ref("fct_event_attributes") }}
    where {{ offpath.is_due("journey", "case_id") }}

),

-- An attribute that an event does not tell is null here: to leave it out already would
-- read each text twice.
told as (

    select
        event_attributes.journey,
        event_attributes.event_id,
        journey_attributes.attribute,
        {{ offpath.trimmed(offpath.json_text(
            "event_attributes.attributes", "journey_attributes.attribute"
        )) }} as attribute_value

    from event_attributes
    inner join journey_attributes
        on event_attributes.journey = journey_attributes.journey

),

declared_attributes as (

    select
        case_events.journey,
        case_events.case_id,
        case_events.event_number,
        case_events.occurred_at,
        told.attribute,
        told.attribute_value,
        row_number() over (
            partition by told.attribute, case_events.journey, case_events.case_id
            order by case_events.event_number desc
        ) = 1 as is_last

    from told
    inner join case_events
        on
            told.journey = case_events.journey
            and told.event_id = case_events.event_id
    where told.attribute_value is not null

)

select * from declared_attributes
