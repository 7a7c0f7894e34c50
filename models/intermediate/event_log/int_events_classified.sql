with

raw_events as (

    select * from {{ ref("int_raw_events_unioned") }}

),

journeys as (

    select * from {{ ref("journeys") }}

),

judged as (

    select
        raw_events.*,
        coalesce(
            {{ offpath.quarantine_reason(
                "raw_events", ["case_id", "event_id", "event_name", "occurred_at"]
            ) }},
            case
                when
                    raw_events.occurred_at
                    < {{ offpath.instant_literal(
                        "earliest_occurred_at", var("earliest_occurred_at")
                    ) }}
                    then 'occurred_at is before {{ var("earliest_occurred_at") }}'
                when not {{ offpath.is_json_object("raw_events.attributes") }}
                    then 'attributes is no JSON object'
            end
        ) as quarantine_reason,
        coalesce(raw_events.loaded_at > {{ offpath.as_of() }}, false) as is_not_landed

    from raw_events
    left join journeys
        on raw_events.journey = journeys.journey

),

-- Of the deliveries of one event the newest says what happened. It is chosen before
-- looking at when the event happened: a correction that moves an event past the
-- clock hides what the older row said.
ranked as (

    select
        *,
        case
            when not is_not_landed and quarantine_reason is null
                then row_number() over (
                    partition by
                        is_not_landed, quarantine_reason, journey, event_id
                    order by
                        loaded_at desc,
                        occurred_at desc,
                        source_sequence desc,
                        case_id desc,
                        event_name desc,
                        actor desc,
                        channel desc,
                        location desc,
                        reason_code desc,
                        amount desc,
                        attributes desc,
                        source_model desc
                )
        end as delivery_rank

    from judged

),

classified as (

    select
        source_model,
        journey,
        case_id,
        event_id,
        event_name,
        occurred_at,
        actor,
        channel,
        location,
        reason_code,
        amount,
        source_sequence,
        loaded_at,
        attributes,
        case
            when is_not_landed then 'not_yet'
            when quarantine_reason is not null then 'quarantined'
            when delivery_rank > 1 then 'redelivered'
            when occurred_at > {{ offpath.as_of() }} then 'not_yet'
            else 'accepted'
        end as disposition,
        case when not is_not_landed then quarantine_reason end as quarantine_reason,
        case
            when not is_not_landed and quarantine_reason is not null then raw_record
        end as raw_record

    from ranked

)

select * from classified
