with

variant_steps as (

    select * from {{ ref("int_variant_steps") }}

),

variant_lengths as (

    select
        journey,
        variant_id,
        max(event_number) as last_number

    from variant_steps
    group by journey, variant_id

),

looked_back as (

    select
        journey,
        variant_id,
        event_name,
        event_number,
        lag(event_number) over of_name as previous_number,
        lag(event_number, 2) over of_name as second_last_number

    from variant_steps

    window
        of_name as (
            partition by journey, variant_id, event_name
            order by event_number
        )

),

counted as (

    select
        journey,
        variant_id,
        event_name,
        count(*) as event_count,
        sum(case when previous_number = event_number - 1 then 1 else 0 end)
            as self_loop_count,
        -- A run is counted at its second event.
        sum(
            case
                when
                    previous_number = event_number - 1
                    and coalesce(second_last_number <> event_number - 2, true)
                    then 1
                else 0
            end
        ) as self_loop_run_count,
        min(event_number - previous_number - 1) as minimum_self_distance,
        min(event_number) as first_number,
        max(event_number) as last_number

    from looked_back
    group by journey, variant_id, event_name

),

variant_events as (

    select
        counted.journey,
        counted.variant_id,
        counted.event_name,
        counted.event_count,
        counted.self_loop_count,
        counted.self_loop_run_count,
        counted.event_count - 1 - counted.self_loop_count as repetition_count,
        counted.minimum_self_distance,
        counted.first_number = 1 as is_first,
        counted.last_number = variant_lengths.last_number as is_last

    from counted
    inner join variant_lengths
        on
            counted.journey = variant_lengths.journey
            and counted.variant_id = variant_lengths.variant_id

)

select * from variant_events
