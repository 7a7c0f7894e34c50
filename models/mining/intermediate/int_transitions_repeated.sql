{{ config(
    materialized=offpath.incremental_or_table(),
    incremental_strategy="by_case",
) }}

{#- Who acts is no cut of transitions. -#}
{% set cuts = offpath.contract_columns("event", "cut") | reject("equalto", "actor")
    | list %}

with

cases as (

    select
        journey,
        case_id,
        variant_id

    from {{ ref("fct_cases") }}
    where {{ offpath.is_due("journey", "case_id") }}

),

repeated_transitions as (

    select * from {{ ref("int_variant_transitions") }}
    where transition_count > 1

),

-- The names tell which transitions of which cases are looked for.
case_transitions as (

    select
        cases.journey,
        cases.case_id,
        repeated_transitions.from_event,
        repeated_transitions.to_event

    from cases
    inner join repeated_transitions
        on
            cases.journey = repeated_transitions.journey
            and cases.variant_id = repeated_transitions.variant_id

),

transitions_repeated as (

    select
        case_events.journey,
        case_events.case_id,
        case_events.event_number,
        case_events.occurred_at,
        case_transitions.from_event,
        case_transitions.to_event,
        {%- for cut in cuts %}
        case_events.{{ cut }}{{ "," if not loop.last }}
        {%- endfor %}

    from {{ ref("fct_case_events") }} as case_events
    inner join case_transitions
        on
            case_events.journey = case_transitions.journey
            and case_events.case_id = case_transitions.case_id
            and coalesce(case_events.previous_event_name, '[start]')
            = case_transitions.from_event
            and case_events.event_name = case_transitions.to_event

)

select * from transitions_repeated
