with

prefixes_learnt as (

    select * from {{ ref("int_prefixes_learnt") }}

),

case_targets as (

    select * from {{ ref("int_case_targets") }}

),

-- What was still to come after the event. As of an instant, what came after it has
-- lasted until then. A deadline that was another one at the time says nothing.
joined as (

    select
        prefixes_learnt.journey,
        prefixes_learnt.instant_number,
        case_targets.target,
        prefixes_learnt.case_id,
        prefixes_learnt.case_number,
        prefixes_learnt.event_number,
        prefixes_learnt.event_name,
        prefixes_learnt.previous_event_name,
        prefixes_learnt.severity,
        prefixes_learnt.state,
        prefixes_learnt.elapsed_class,
        case
            when
                case_targets.deadline_known_from is null
                or case_targets.deadline_known_from <= prefixes_learnt.occurred_at
                then case_targets.deadline_seconds - prefixes_learnt.clock_seconds
        end as left_seconds,
        prefixes_learnt.lot_share,
        prefixes_learnt.lot_place,
        prefixes_learnt.spell_seconds as whole_spell_seconds,
        prefixes_learnt.is_moved,
        prefixes_learnt.next_event_name,
        coalesce(
            case_targets.ended_at <= prefixes_learnt.predicted_at
            and case_targets.is_kept is not null,
            false
        ) as is_ended,
        case
            when case_targets.ended_at <= prefixes_learnt.predicted_at
                then case_targets.is_kept
        end as is_kept,
        case
            when case_targets.ended_at <= prefixes_learnt.predicted_at
                then case_targets.ended_seconds
            else prefixes_learnt.seen_seconds
        end
        - prefixes_learnt.clock_seconds as seconds_to_end

    from prefixes_learnt
    inner join case_targets
        on
            prefixes_learnt.journey = case_targets.journey
            and prefixes_learnt.case_id = case_targets.case_id
            and prefixes_learnt.occurred_at >= case_targets.from_at
            and prefixes_learnt.occurred_at
            < coalesce(case_targets.ended_at, cast('9999-12-31' as timestamp))

),

-- Nothing waits for what has come, though no event says so.
classed as (

    select
        *,
        least(whole_spell_seconds, seconds_to_end) as spell_seconds,
        {{ offpath.doubling_class("least(whole_spell_seconds, seconds_to_end)") }}
            as spell_class,
        {{ offpath.left_class("left_seconds") }} as left_class

    from joined

),

targets_learnt as (

    select
        *,
        {{ offpath.rough_left_class("left_class") }} as rough_left_class,
        row_number() over (
            order by case_number, event_number, instant_number, target
        ) as learnt_number

    from classed

)

select * from targets_learnt
