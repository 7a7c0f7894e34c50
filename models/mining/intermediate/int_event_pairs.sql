{% set points = ["first_number", "last_asking_number", "last_number"] %}

with

variant_events as (

    select * from {{ ref("int_variant_events_placed") }}

),

frequent_events as (

    select * from {{ ref("int_frequent_events") }}

),

frequent as (

    select variant_events.*

    from variant_events
    inner join frequent_events
        on
            variant_events.journey = frequent_events.journey
            and variant_events.event_name = frequent_events.event_name

),

points as (

    {% for point in points %}
    select
        journey,
        variant_id,
        '{{ loop.index }}' || event_name as point,
        {{ point }} * 3 + {{ loop.index0 }} as position

    from frequent
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

variants as (

    select
        journey,
        variant_id,
        min(case_count) as case_count

    from frequent
    group by journey, variant_id

),

profiles as (

    select
        ordered.journey,
        ordered.profile_id,
        min(ordered.variant_id) as variant_id,
        sum(variants.case_count) as case_count

    from ordered
    inner join variants
        on
            ordered.journey = variants.journey
            and ordered.variant_id = variants.variant_id
    group by ordered.journey, ordered.profile_id

),

profile_events as (

    select
        profiles.journey,
        profiles.variant_id,
        profiles.case_count,
        frequent.event_name,
        frequent.first_number,
        frequent.last_asking_number,
        frequent.last_number

    from profiles
    inner join frequent
        on
            profiles.journey = frequent.journey
            and profiles.variant_id = frequent.variant_id

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
            and activations.variant_id = targets.variant_id
            and activations.event_name <> targets.event_name
    group by activations.journey, activations.event_name, targets.event_name

)

select * from event_pairs
