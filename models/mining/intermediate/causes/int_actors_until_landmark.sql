with

cases_compared as (

    select
        journey,
        outcome,
        case_id,
        landmark_at

    from {{ ref("int_cases_compared") }}
    where landmark_at is not null

),

case_events as (

    select
        journey,
        case_id,
        occurred_at,
        actor

    from {{ ref("fct_case_events") }}

),

actors_until_landmark as (

    select
        cases_compared.journey,
        cases_compared.outcome,
        cases_compared.case_id,
        case_events.actor,
        count(*) as event_count

    from cases_compared
    inner join case_events
        on
            cases_compared.journey = case_events.journey
            and cases_compared.case_id = case_events.case_id
            and cases_compared.landmark_at >= case_events.occurred_at
    group by
        cases_compared.journey,
        cases_compared.outcome,
        cases_compared.case_id,
        case_events.actor

)

select * from actors_until_landmark
