with

raw_cases as (

    select * from {{ ref("int_raw_cases_unioned") }}

),

journeys as (

    select * from {{ ref("journeys") }}

),

judged as (

    select
        raw_cases.*,
        {{ offpath.quarantine_reason("raw_cases", ["case_id"]) }}
            as quarantine_reason,
        coalesce(raw_cases.loaded_at > {{ offpath.as_of() }}, false) as is_not_landed

    from raw_cases
    left join journeys
        on raw_cases.journey = journeys.journey

),

ranked as (

    select
        *,
        row_number() over (
            partition by is_not_landed, quarantine_reason, journey, case_id
            order by
                loaded_at desc,
                severity desc,
                due_at desc,
                value_amount desc,
                is_excluded desc,
                source_model desc
        ) as delivery_rank

    from judged

),

classified as (

    select
        source_model,
        journey,
        case_id,
        severity,
        due_at,
        value_amount,
        coalesce(is_excluded, false) as is_excluded,
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
