with

cases as (

    select * from {{ ref("fct_cases") }}

),

case_versions as (

    select * from {{ ref("int_case_versions") }}

),

journeys as (

    select * from {{ ref("journeys") }}

),

calendar_hours as (

    select * from {{ ref("int_calendar_hours") }}

),

cases_drawn as (

    select distinct
        journey,
        case_id

    from {{ ref("int_cases_drawn") }}

),

events as (

    select
        case_events.journey,
        case_events.case_id,
        case_events.event_number,
        case_events.occurred_at,
        case_events.event_name,
        coalesce(case_events.previous_event_name, '[start]') as previous_event_name,
        case_events.state_after as state,
        coalesce(case_events.status_after, 'open') = 'open' as is_open,
        cases.severity as last_severity,
        journeys.calendar

    from {{ ref("fct_case_events") }} as case_events
    inner join cases_drawn
        on
            case_events.journey = cases_drawn.journey
            and case_events.case_id = cases_drawn.case_id
    inner join cases
        on
            case_events.journey = cases.journey
            and case_events.case_id = cases.case_id
    inner join journeys
        on case_events.journey = journeys.journey

),

clocked as (

    {{ offpath.clock_added(
        "events", "calendar_hours", "calendar", "occurred_at", "clock_seconds"
    ) }}

),

-- What was known when the event happened, and nothing that came after it.
case_prefixes as (

    select
        clocked.journey,
        clocked.case_id,
        clocked.event_number,
        clocked.occurred_at,
        clocked.event_name,
        clocked.previous_event_name,
        clocked.state,
        clocked.is_open,
        coalesce(
            case
                when case_versions.case_id is not null then case_versions.severity
                else clocked.last_severity
            end,
            '[none]'
        ) as severity,
        clocked.clock_seconds,
        clocked.clock_seconds
        - min(clocked.clock_seconds) over (
            partition by clocked.journey, clocked.case_id
            order by clocked.event_number
            rows between unbounded preceding and current row
        ) as elapsed_seconds

    from clocked
    left join case_versions
        on
            clocked.journey = case_versions.journey
            and clocked.case_id = case_versions.case_id
            and clocked.occurred_at >= case_versions.known_from
            and clocked.occurred_at < case_versions.known_until

)

select * from case_prefixes
