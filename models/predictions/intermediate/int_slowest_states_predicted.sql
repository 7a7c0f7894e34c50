with

targets_alike as (

    select * from {{ ref("int_targets_alike") }}

),

targets_asked as (

    select * from {{ ref("int_targets_asked") }}
    where is_now and target = '[end]'

),

targets_learnt as (

    select * from {{ ref("int_targets_learnt") }}

),

slowest_states as (

    select * from {{ ref("int_slowest_states") }}

),

compared as (

    select
        targets_alike.asked_number,
        targets_alike.learnt_number,
        targets_learnt.case_number,
        targets_learnt.is_ended,
        targets_learnt.seconds_to_end - targets_alike.waited_seconds as rest_seconds,
        slowest_states.slowest_state

    from targets_alike
    inner join targets_asked
        on targets_alike.asked_number = targets_asked.asked_number
    inner join targets_learnt
        on targets_alike.learnt_number = targets_learnt.learnt_number
    left join slowest_states
        on
            targets_learnt.journey = slowest_states.journey
            and targets_learnt.case_id = slowest_states.case_id
            and targets_learnt.event_number = slowest_states.event_number

),

weighed as (

    {{ offpath.ended_weights(
        "compared", ["asked_number"], "rest_seconds", "is_ended", "learnt_number"
    ) }}

),

summed as (

    select
        asked_number,
        slowest_state,
        sum(ended_weight) as weight

    from weighed
    where is_ended and slowest_state is not null
    group by asked_number, slowest_state

),

supported as (

    select asked_number
    from compared
    group by asked_number
    having count(distinct case_number) >= {{ offpath.fewest_alike() }}

),

ranked as (

    select
        *,
        row_number() over (
            partition by asked_number
            order by {{ offpath.without_noise("weight") }} desc, slowest_state
        ) as weight_rank

    from summed

),

slowest_states_predicted as (

    select
        asked_number,
        slowest_state

    from ranked
    where
        weight_rank = 1
        and asked_number in (select supported.asked_number from supported)

)

select * from slowest_states_predicted
