with

targets_alike as (

    select * from {{ ref("int_targets_alike") }}
    where
        asked_number in (
            select targets_asked.asked_number
            from {{ ref("int_targets_asked") }} as targets_asked
            where targets_asked.is_now and targets_asked.target = '[end]'
        )

),

targets_learnt as (

    select * from {{ ref("int_targets_learnt") }}

),

compared as (

    select
        targets_alike.asked_number,
        targets_learnt.case_number,
        targets_learnt.learnt_number,
        targets_learnt.is_moved,
        targets_learnt.next_event_name,
        targets_learnt.whole_spell_seconds - targets_alike.waited_seconds as rest_seconds

    from targets_alike
    inner join targets_learnt
        on targets_alike.learnt_number = targets_learnt.learnt_number

),

weighed as (

    {{ offpath.ended_weights(
        "compared", ["asked_number"], "rest_seconds", "is_moved", "learnt_number"
    ) }}

),

summed as (

    select
        asked_number,
        next_event_name,
        sum(ended_weight) as weight

    from weighed
    where is_moved
    group by asked_number, next_event_name

),

supported as (

    select
        asked_number,
        count(distinct case_number) as support_count

    from compared
    group by asked_number

),

next_events_predicted as (

    select
        summed.asked_number,
        summed.next_event_name,
        {{ offpath.without_noise(
            "summed.weight / sum(summed.weight) over (partition by summed.asked_number)"
        ) }} as probability,
        row_number() over (
            partition by summed.asked_number
            order by {{ offpath.without_noise("summed.weight") }} desc,
            summed.next_event_name
        ) as likelihood_rank

    from summed
    inner join supported
        on summed.asked_number = supported.asked_number
    where supported.support_count >= {{ offpath.fewest_alike() }}

)

select * from next_events_predicted
