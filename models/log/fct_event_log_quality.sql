with

landings as (

    select * from {{ ref("int_landings") }}
    where row_kind = 'event'

),

landed as (

    select
        source_model,
        coalesce(journey, '[none]') as journey,
        sum(row_count) as raw_count,
        sum(case when is_landed then 0 else row_count end) as not_landed_count

    from landings
    group by source_model, coalesce(journey, '[none]')

),

disposed as (

    select
        source_model,
        journey,
        disposition,
        count(*) as row_count,
        max(occurred_at) as last_occurred_at,
        max(loaded_at) as last_loaded_at

    from {{ ref("int_events_classified") }}
    where disposition <> 'withdrawn'
    group by source_model, journey, disposition

),

classified as (

    select
        source_model,
        coalesce(journey, '[none]') as journey,
        {%- for disposition in [
            "accepted", "quarantined", "redelivered", "not_yet", "began_before"
        ] %}
        sum(case when disposition = '{{ disposition }}' then row_count else 0 end)
            as {{ disposition }}_count,
        {%- endfor %}
        max(case when disposition = 'accepted' then last_occurred_at end)
            as last_occurred_at,
        max(last_loaded_at) as last_loaded_at

    from disposed
    group by source_model, coalesce(journey, '[none]')

),

timeline as (

    select
        source_model,
        journey,
        sum(case when is_defined then 0 else 1 end) as undefined_event_count,
        sum(case when is_order_ambiguous then 1 else 0 end) as ambiguous_order_count,
        sum(case when is_out_of_sequence then 1 else 0 end) as out_of_sequence_count,
        sum(
            case
                when loaded_at > {{ offpath.add_seconds("occurred_at", "86400") }}
                    then 1
                else 0
            end
        ) as late_count

    from {{ ref("fct_case_events") }}
    group by source_model, journey

),

{% set content = offpath.contract_columns("event", "content") -%}
-- Few events come again: theirs alone are compared.
deliveries as (

    select
        events.source_model,
        events.journey,
        events.event_id,
        events.disposition,
        events.loaded_at,
        {%- for column in content %}
        events.{{ column }}{{ "," if not loop.last }}
        {%- endfor %}

    from {{ ref("int_events_classified") }} as events
    where
        events.event_id in (
            select again.event_id from {{ ref("int_events_classified") }} as again
            where again.disposition = 'redelivered'
        )

),

corrected as (

    select
        older.source_model,
        older.journey,
        count(*) as corrected_count,
        sum(
            case when {{ offpath.is_tied("older", "newest") }} then 1 else 0 end
        ) as tied_count

    from deliveries as older
    inner join deliveries as newest
        on
            older.journey = newest.journey
            and older.event_id = newest.event_id
            and newest.disposition in ('accepted', 'not_yet', 'began_before')
    where
        older.disposition = 'redelivered'
        and {{ offpath.says_otherwise("event", "older", "newest") }}
    group by older.source_model, older.journey

),

event_log_quality as (

    select
        landed.source_model,
        landed.journey,
        cast(landed.raw_count as bigint) as raw_count,
        cast(coalesce(classified.accepted_count, 0) as bigint) as accepted_count,
        cast(coalesce(classified.quarantined_count, 0) as bigint)
            as quarantined_count,
        cast(coalesce(classified.redelivered_count, 0) as bigint)
            as redelivered_count,
        cast(
            coalesce(classified.not_yet_count, 0) + landed.not_landed_count as bigint
        ) as not_yet_count,
        cast(coalesce(classified.began_before_count, 0) as bigint)
            as began_before_count,
        cast(coalesce(corrected.corrected_count, 0) as bigint) as corrected_count,
        cast(coalesce(corrected.tied_count, 0) as bigint) as tied_count,
        cast(coalesce(timeline.undefined_event_count, 0) as bigint)
            as undefined_event_count,
        cast(coalesce(timeline.ambiguous_order_count, 0) as bigint)
            as ambiguous_order_count,
        cast(coalesce(timeline.out_of_sequence_count, 0) as bigint)
            as out_of_sequence_count,
        cast(coalesce(timeline.late_count, 0) as bigint) as late_count,
        classified.last_occurred_at,
        classified.last_loaded_at

    from landed
    {% for relation in ["classified", "timeline", "corrected"] -%}
    left join {{ relation }}
        on
            landed.source_model = {{ relation }}.source_model
            and landed.journey = {{ relation }}.journey
    {% endfor %}

)

select * from event_log_quality
