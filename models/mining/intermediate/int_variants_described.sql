with

variant_steps as (

    select * from {{ ref("int_variant_steps") }}

),

variant_edges as (

    select * from {{ ref("int_variant_edges") }}

),

-- Few references say how a case may end.
reference_ends as (

    select * from {{ ref("reference_transitions") }}
    where to_event = '[end]'

),

journeys_with_ends as (

    select distinct journey
    from reference_ends

),

spelt as (

    select
        journey,
        variant_id,
        {{ offpath.ordered_list("event_name", "event_number", " > ") }} as variant,
        count(*) as event_count,
        count(*) - count(distinct event_name) as rework_count,
        sum(case when event_name = previous_event_name then 1 else 0 end)
            as self_loop_count,
        min(example_case_id) as example_case_id

    from variant_steps
    group by journey, variant_id

),

looked_back as (

    select
        journey,
        variant_id,
        event_number,
        event_name,
        event_name = previous_event_name
        and event_name = lag(event_name, 2) over in_variant as is_third_in_loop

    from variant_steps

    window in_variant as (partition by journey, variant_id order by event_number)

),

-- First, of a run of one event two are left.
loops_shortened as (

    select
        journey,
        variant_id,
        event_number,
        event_name,
        coalesce(
            event_name = lag(event_name, 2) over in_variant
            and event_name <> lag(event_name) over in_variant,
            false
        ) as is_turn

    from looked_back
    where not coalesce(is_third_in_loop, false)

    window in_variant as (partition by journey, variant_id order by event_number)

),

-- Then, two events that take turns: a run begins with the second of them, since the
-- first is told by nothing, and lasts as long as each event is the last but one again.
turns_numbered as (

    select
        *,
        sum(case when is_turn then 0 else 1 end) over (
            partition by journey, variant_id
            order by event_number
            rows between unbounded preceding and current row
        ) as run_number

    from loops_shortened

),

turns_counted as (

    select
        *,
        row_number() over (
            partition by journey, variant_id, run_number
            order by event_number
        ) as place_in_run,
        count(*) over (partition by journey, variant_id, run_number) as run_length

    from turns_numbered

),

-- Two rounds are left, four events with the one before the run; and a fifth where the
-- run ends on the event that it began with, so that what follows it follows it still.
collapsed as (

    select
        journey,
        variant_id,
        event_name,
        row_number() over (
            partition by journey, variant_id
            order by event_number
        ) as place

    from turns_counted
    where place_in_run <= 3 + (run_length + 1) % 2

),

collapsed_spelt as (

    select
        journey,
        variant_id,
        {{ offpath.ordered_hash("event_name", "place") }} as collapsed_variant_id,
        {{ offpath.ordered_list("event_name", "place", " > ") }} as collapsed_variant

    from collapsed
    group by journey, variant_id

),

walked as (

    select
        journey,
        variant_id,
        min(case when is_reference then 1 when not is_reference then 0 end) = 1
            as is_on_reference

    from variant_edges
    group by journey, variant_id

),

last_numbers as (

    select
        journey,
        variant_id,
        max(event_number) as event_number

    from variant_steps
    group by journey, variant_id

),

ends_on_reference as (

    select
        variant_steps.journey,
        variant_steps.variant_id

    from variant_steps
    inner join last_numbers
        on
            variant_steps.journey = last_numbers.journey
            and variant_steps.variant_id = last_numbers.variant_id
            and variant_steps.event_number = last_numbers.event_number
    inner join reference_ends
        on
            variant_steps.journey = reference_ends.journey
            and variant_steps.event_name = reference_ends.from_event

),

variants_described as (

    select
        spelt.journey,
        spelt.variant_id,
        spelt.variant,
        spelt.event_count,
        spelt.self_loop_count,
        spelt.rework_count - spelt.self_loop_count as repetition_count,
        collapsed_spelt.collapsed_variant_id,
        collapsed_spelt.collapsed_variant,
        walked.is_on_reference,
        case
            when journeys_with_ends.journey is not null
                then ends_on_reference.variant_id is not null
        end as is_end_on_reference,
        spelt.example_case_id

    from spelt
    inner join collapsed_spelt
        on
            spelt.journey = collapsed_spelt.journey
            and spelt.variant_id = collapsed_spelt.variant_id
    left join walked
        on
            spelt.journey = walked.journey
            and spelt.variant_id = walked.variant_id
    left join journeys_with_ends
        on spelt.journey = journeys_with_ends.journey
    left join ends_on_reference
        on
            spelt.journey = ends_on_reference.journey
            and spelt.variant_id = ends_on_reference.variant_id

)

select * from variants_described
