with

cases_compared as (

    select * from {{ ref("int_cases_compared") }}
    where landmark_at is not null

),

actors_numbered as (

    select * from {{ ref("int_actors_numbered") }}

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
        cases_compared.outcome_number,
        cases_compared.case_number,
        min(cases_compared.is_bad) as is_bad,
        min(cases_compared.from_date) as from_date,
        min(cases_compared.strata_number) as strata_number,
        actors_numbered.actor_number,
        count(*) as event_count

    from cases_compared
    inner join case_events
        on
            cases_compared.journey = case_events.journey
            and cases_compared.case_id = case_events.case_id
            and cases_compared.landmark_at >= case_events.occurred_at
    left join actors_numbered
        on
            case_events.journey = actors_numbered.journey
            and case_events.actor = actors_numbered.actor
    group by
        cases_compared.outcome_number,
        cases_compared.case_number,
        actors_numbered.actor_number

)

select * from actors_until_landmark
