{#- So many past instants put the predictions to the test. -#}
{%- set instant_count = 5 -%}

with

cases as (

    select * from {{ ref("fct_cases") }}

),

journeys as (

    select * from {{ ref("journeys") }}

),

calendar_hours as (

    select * from {{ ref("int_calendar_hours") }}

),

-- The first half of what there is is learnt from before anything is asked, at most a
-- year: what a journey did long ago tells little of how it is predicted now.
spans as (

    select
        journey,
        least(
            {{ offpath.seconds_between("min(started_at)", offpath.as_of()) }} / 2.0e0,
            364 * 86400
        ) / {{ instant_count }} as seconds_apart

    from cases
    group by journey

),

numbered as (

    select
        journey,
        seconds_apart,
        {{ offpath.unnested_numbers(0, instant_count) }} as instant_number

    from spans

),

instants as (

    select
        numbered.journey,
        numbered.instant_number,
        case
            when numbered.instant_number = 0 then {{ offpath.as_of() }}
            else
                {{ offpath.floor_to_seconds(
                    offpath.add_seconds(
                        offpath.as_of(),
                        "-numbered.seconds_apart * numbered.instant_number",
                    ),
                    3600,
                ) }}
        end as predicted_at,
        journeys.calendar

    from numbered
    inner join journeys
        on numbered.journey = journeys.journey

),

clocked as (

    {{ offpath.clock_added(
        "instants", "calendar_hours", "calendar", "predicted_at", "clock_seconds"
    ) }}

),

prediction_instants as (

    select
        journey,
        instant_number,
        instant_number = 0 as is_now,
        predicted_at,
        clock_seconds

    from clocked

)

select * from prediction_instants
