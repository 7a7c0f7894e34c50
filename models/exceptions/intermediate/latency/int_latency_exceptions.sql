with

visits_watched as (

    select * from {{ ref("int_visits_watched") }}

),

calendar_hours as (

    select * from {{ ref("int_calendar_hours") }}

),

calendar_open_hours as (

    select * from {{ ref("int_calendar_open_hours") }}

),

silences_lasting as (

    select * from {{ ref("int_silences_lasting") }}

),

latency_exceptions as (

    {{ offpath.latency_exceptions(
        "visits_watched", "calendar_hours", "calendar_open_hours", "silences_lasting"
    ) }}

)

select * from latency_exceptions
