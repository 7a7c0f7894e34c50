with

variant_steps as (

    select * from {{ ref("int_variant_steps") }}

),

cases as (

    select * from {{ ref("fct_cases") }}
    where ended_as in ('good', 'bad')

),

-- What a case owes is known of those that went to their end.
ended as (

    select
        journey,
        variant_id,
        count(*) as case_count

    from cases
    group by journey, variant_id

),

-- An event that says its own state again is one with it.
stepped as (

    select
        journey,
        variant_id,
        event_number,
        event_name,
        is_repeat,
        lead(event_name) over (
            partition by journey, variant_id
            order by event_number
        ) as next_event_name

    from variant_steps
    where not is_repeat or event_name <> previous_event_name

),

followed as (

    select
        journey,
        variant_id,
        event_name,
        case
            when
                count(next_event_name) = count(*)
                and min(next_event_name) = max(next_event_name)
                then min(next_event_name)
        end as only_next_event

    from stepped
    where not is_repeat
    group by journey, variant_id, event_name

),

counted as (

    select
        journey,
        variant_id,
        event_name,
        count(*) as event_count,
        min(event_number) as first_number,
        max(case when not is_repeat then event_number end) as last_asking_number,
        max(event_number) as last_number

    from variant_steps
    group by journey, variant_id, event_name

),

variant_events_placed as (

    select
        counted.journey,
        counted.variant_id,
        counted.event_name,
        counted.event_count,
        counted.first_number,
        counted.last_asking_number,
        counted.last_number,
        followed.only_next_event,
        ended.case_count

    from counted
    inner join ended
        on
            counted.journey = ended.journey
            and counted.variant_id = ended.variant_id
    inner join followed
        on
            counted.journey = followed.journey
            and counted.variant_id = followed.variant_id
            and counted.event_name = followed.event_name

)

select * from variant_events_placed
