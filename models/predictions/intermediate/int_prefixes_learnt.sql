with

case_prefixes as (

    select * from {{ ref("int_case_prefixes") }}

),

cases_drawn as (

    select * from {{ ref("int_cases_drawn") }}
    where is_learnt

),

prediction_instants as (

    select * from {{ ref("int_prediction_instants") }}

),

followed as (

    select
        *,
        {{ offpath.doubling_class("elapsed_seconds") }} as elapsed_class,
        lead(event_name) over timeline as next_event_name,
        lead(occurred_at) over timeline as next_at,
        lead(clock_seconds) over timeline as next_seconds

    from case_prefixes

    window timeline as (partition by journey, case_id order by event_number)

),

-- As of each instant: what has not happened by then lasts as long as it has by then.
prefixes_learnt as (

    select
        prediction_instants.instant_number,
        prediction_instants.predicted_at,
        followed.journey,
        followed.case_id,
        followed.event_number,
        followed.occurred_at,
        followed.event_name,
        followed.previous_event_name,
        followed.state,
        followed.severity,
        followed.elapsed_class,
        followed.clock_seconds,
        cases_drawn.case_number,
        cases_drawn.lot_share,
        cases_drawn.lot_place,
        prediction_instants.clock_seconds as seen_seconds,
        coalesce(followed.next_at <= prediction_instants.predicted_at, false)
            as is_moved,
        case
            when followed.next_at <= prediction_instants.predicted_at
                then followed.next_event_name
        end as next_event_name,
        case
            when followed.next_at <= prediction_instants.predicted_at
                then followed.next_seconds
            else prediction_instants.clock_seconds
        end
        - followed.clock_seconds as spell_seconds

    from followed
    inner join cases_drawn
        on
            followed.journey = cases_drawn.journey
            and followed.case_id = cases_drawn.case_id
    inner join prediction_instants
        on
            cases_drawn.journey = prediction_instants.journey
            and cases_drawn.instant_number = prediction_instants.instant_number
            and followed.occurred_at < prediction_instants.predicted_at
    where followed.is_open

)

select * from prefixes_learnt
