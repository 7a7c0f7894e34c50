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

),

event_attributes as (

    select * from {{ ref("fct_event_attributes") }}

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

numbered as (

    select
        case_events.journey,
        case_events.case_id,
        case_events.event_number,
        case_events.occurred_at,
        told.attribute,
        told.attribute_value

    from told
    inner join case_events
        on
            told.journey = case_events.journey
            and told.event_id = case_events.event_id

),

ranked as (

    select
        journey,
        attribute,
        attribute_value,
        row_number() over (
            partition by journey, attribute
            order by count(distinct case_id) desc, attribute_value
        ) as value_rank

    from numbered
    where attribute_value is not null
    group by journey, attribute, attribute_value
    having count(distinct case_id) >= 20

),

-- What a number or an id says, hardly another case says too: where no value is shared,
-- there is nothing to ask. What few cases have is told together.
shared as (

    select
        numbered.journey,
        numbered.attribute,
        2 * count(case when numbered.event_number = 1 then numbered.attribute_value end)
        >= count(
            distinct case
                when numbered.attribute_value is not null then numbered.case_id
            end
        ) as is_of_start

    from numbered
    where
        (numbered.journey, numbered.attribute) in (
            select
                ranked.journey,
                ranked.attribute

            from ranked
        )
    group by numbered.journey, numbered.attribute

),

attributes_told as (

    select
        numbered.journey,
        numbered.case_id,
        numbered.event_number,
        numbered.occurred_at,
        numbered.attribute,
        shared.is_of_start,
        case
            when ranked.value_rank <= 50 then numbered.attribute_value
            else '[other]'
        end as attribute_value

    from numbered
    inner join shared
        on
            numbered.journey = shared.journey
            and numbered.attribute = shared.attribute
    left join ranked
        on
            numbered.journey = ranked.journey
            and numbered.attribute = ranked.attribute
            and numbered.attribute_value = ranked.attribute_value
    where numbered.attribute_value is not null

)

select * from attributes_told
