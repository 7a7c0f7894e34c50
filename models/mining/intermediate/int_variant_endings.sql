with

cases as (

    select * from {{ ref("fct_cases") }}
    where not is_open

),

reference_transitions as (

    select * from {{ ref("reference_transitions") }}

),

ended as (

    select
        journey,
        variant_id,
        was_abandoned,
        -- One of a kind in a variant.
        min(last_event_name) as from_event,
        min(event_count) + 1 as event_number,
        count(*) as case_count,
        sum(case when ended_as = 'good' then 1 else 0 end) as good_count,
        min(case_id) as example_case_id

    from cases
    group by journey, variant_id, was_abandoned

),

named_references as (

    select
        journey,
        max(case when to_event = '[end]' then 1 else 0 end) = 1 as names_an_end

    from reference_transitions
    group by journey

),

-- A journey that names no end takes any that an event gives.
variant_endings as (

    select
        ended.journey,
        ended.variant_id,
        ended.was_abandoned,
        ended.from_event,
        '[end]' as to_event,
        ended.event_number,
        ended.case_count,
        ended.good_count,
        case
            when named_references.names_an_end
                then reference_transitions.journey is not null
            when not named_references.names_an_end then not ended.was_abandoned
        end as is_reference,
        ended.example_case_id

    from ended
    left join named_references
        on ended.journey = named_references.journey
    left join reference_transitions
        on
            ended.journey = reference_transitions.journey
            and ended.from_event = reference_transitions.from_event
            and reference_transitions.to_event = '[end]'

)

select * from variant_endings
