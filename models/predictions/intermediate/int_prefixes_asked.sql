with

case_prefixes as (

    select * from {{ ref("int_case_prefixes") }}

),

cases_drawn as (

    select * from {{ ref("int_cases_drawn") }}
    where not is_learnt

),

-- What was said of a case after its last event is known too.
case_versions as (

    select * from {{ ref("int_case_versions") }}

),

prediction_instants as (

    select * from {{ ref("int_prediction_instants") }}

),

-- The last event that had happened by the instant.
reached as (

    select
        cases_drawn.journey,
        cases_drawn.case_id,
        cases_drawn.case_number,
        cases_drawn.instant_number,
        prediction_instants.is_now,
        prediction_instants.predicted_at,
        prediction_instants.clock_seconds as asked_seconds,
        max(case_prefixes.event_number) as event_number

    from cases_drawn
    inner join prediction_instants
        on
            cases_drawn.journey = prediction_instants.journey
            and cases_drawn.instant_number = prediction_instants.instant_number
    inner join case_prefixes
        on
            cases_drawn.journey = case_prefixes.journey
            and cases_drawn.case_id = case_prefixes.case_id
            and prediction_instants.predicted_at >= case_prefixes.occurred_at
    group by
        cases_drawn.journey,
        cases_drawn.case_id,
        cases_drawn.case_number,
        cases_drawn.case_number,
        cases_drawn.instant_number,
        prediction_instants.is_now,
        prediction_instants.predicted_at,
        prediction_instants.clock_seconds

),

prefixes_asked as (

    select
        reached.journey,
        reached.case_id,
        reached.case_number,
        reached.instant_number,
        reached.is_now,
        reached.predicted_at,
        reached.event_number,
        reached.asked_seconds,
        case_prefixes.event_name,
        case_prefixes.previous_event_name,
        case_prefixes.state,
        coalesce(case_versions.severity, case_prefixes.severity) as severity,
        case_prefixes.occurred_at,
        {{ offpath.doubling_class("case_prefixes.elapsed_seconds") }} as elapsed_class,
        reached.asked_seconds - case_prefixes.clock_seconds as waited_seconds,
        {{ offpath.doubling_class(
            "reached.asked_seconds - case_prefixes.clock_seconds"
        ) }} as waited_class

    from reached
    inner join case_prefixes
        on
            reached.journey = case_prefixes.journey
            and reached.case_id = case_prefixes.case_id
            and reached.event_number = case_prefixes.event_number
    left join case_versions
        on
            reached.journey = case_versions.journey
            and reached.case_id = case_versions.case_id
            and reached.predicted_at >= case_versions.known_from
            and reached.predicted_at < case_versions.known_until

)

select * from prefixes_asked
