{{ config(materialized="view") }}

with

journeys as (

    select * from {{ ref("journeys") }}

),

calendars as (

    select * from {{ ref("calendars") }}

),

journey_timezones as (

    select
        journeys.journey,
        min(calendars.timezone) as timezone

    from journeys
    inner join calendars
        on journeys.calendar = calendars.calendar
    group by journeys.journey

)

select * from journey_timezones
