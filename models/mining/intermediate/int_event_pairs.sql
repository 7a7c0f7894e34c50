{% set points = ["first_number", "last_asking_number", "last_number"] %}

with

variant_events as (

    select * from {{ ref("int_variant_events_placed") }}

),

events_paired as (

    select * from {{ ref("int_events_paired") }}

),

first_times as (

    select * from {{ ref("int_variant_first_times") }}

),

paired as (

    select
        variant_events.*,
        first_times.seconds_until_first

    from variant_events
    inner join events_paired
        on
            variant_events.journey = events_paired.journey
            and variant_events.event_name = events_paired.event_name
    inner join first_times
        on
            variant_events.journey = first_times.journey
            and variant_events.variant_id = first_times.variant_id
            and variant_events.first_number = first_times.event_number

),

points as (

    {% for point in points %}
    select
        journey,
        variant_id,
        '{{ loop.index }}' || event_name as point,
        {{ point }} * 3 + {{ loop.index0 }} as position

    from paired
    {{ "union all" if not loop.last }}
    {% endfor %}

),

ranked as (

    select
        journey,
        variant_id,
        point,
        row_number() over (
            partition by journey, variant_id
            order by position
        ) as position_rank

    from points

),

-- Variants whose events begin and end in the same order are one profile, of which there
-- are far fewer: pairs are made of profiles.
ordered as (

    select
        journey,
        variant_id,
        {{ offpath.ordered_hash("point", "position_rank") }} as profile_id

    from ranked
    group by journey, variant_id

),

profile_counts as (

    select
        ordered.journey,
        ordered.profile_id,
        paired.event_name,
        min(ordered.variant_id) as variant_id,
        sum(paired.case_count) as case_count,
        sum(paired.seconds_until_first) as seconds_until_first

    from ordered
    inner join paired
        on
            ordered.journey = paired.journey
            and ordered.variant_id = paired.variant_id
    group by ordered.journey, ordered.profile_id, paired.event_name

),

profile_events as (

    select
        profile_counts.journey,
        profile_counts.profile_id,
        profile_counts.case_count,
        profile_counts.seconds_until_first,
        paired.event_name,
        paired.first_number,
        paired.last_asking_number,
        paired.last_number

    from profile_counts
    inner join paired
        on
            profile_counts.journey = paired.journey
            and profile_counts.variant_id = paired.variant_id
            and profile_counts.event_name = paired.event_name

),

event_pairs as (

    select
        activations.journey,
        activations.event_name as activation_event,
        targets.event_name as target_event,
        sum(activations.case_count) as both_count,
        sum(
            case
                when activations.last_asking_number < targets.last_number
                    then activations.case_count
                else 0
            end
        ) as followed_count,
        sum(
            case
                when targets.first_number < activations.first_number
                    then activations.case_count
                else 0
            end
        ) as preceded_count,
        sum(
            case
                when targets.first_number < activations.first_number
                    then
                        activations.seconds_until_first - targets.seconds_until_first
            end
        ) as preceded_seconds,
        sum(
            case
                when targets.first_number < activations.last_number
                    then activations.case_count
                else 0
            end
        ) as come_later_count,
        sum(
            case
                when
                    activations.last_asking_number < targets.last_number
                    and activations.first_number < targets.first_number
                    then activations.case_count
                else 0
            end
        ) as succeeded_count

    from profile_events as activations
    inner join profile_events as targets
        on
            activations.journey = targets.journey
            and activations.profile_id = targets.profile_id
            and activations.event_name <> targets.event_name
    group by activations.journey, activations.event_name, targets.event_name

)

select * from event_pairs
