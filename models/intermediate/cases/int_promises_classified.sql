with

raw_promises as (

    select * from {{ ref("int_raw_promises_unioned") }}

),

journeys as (

    select * from {{ ref("journeys") }}

),

judged as (

    select
        raw_promises.*,
        {{ offpath.quarantine_reason("raw_promises", ["case_id", "promise"]) }}
            as quarantine_reason,
        coalesce(raw_promises.loaded_at > {{ offpath.as_of() }}, false)
            as is_not_landed

    from raw_promises
    left join journeys
        on raw_promises.journey = journeys.journey

),

ranked as (

    select
        *,
        row_number() over (
            partition by is_not_landed, quarantine_reason, journey, case_id, promise
            order by loaded_at desc, due_at desc, source_model desc
        ) as delivery_rank

    from judged

),

classified as (

    select
        source_model,
        journey,
        case_id,
        promise,
        due_at,
        loaded_at,
        case
            when is_not_landed then 'not_yet'
            when quarantine_reason is not null then 'quarantined'
            when delivery_rank > 1 then 'redelivered'
            else 'accepted'
        end as disposition,
        case when not is_not_landed then quarantine_reason end as quarantine_reason,
        case
            when not is_not_landed and quarantine_reason is not null then raw_record
        end as raw_record

    from ranked

)

select * from classified
