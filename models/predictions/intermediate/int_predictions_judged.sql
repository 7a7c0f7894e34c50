with

targets_predicted as (

    select * from {{ ref("int_targets_predicted") }}
    where not is_now

),

prediction_instants as (

    select * from {{ ref("int_prediction_instants") }}

),

medians_learnt as (

    select * from {{ ref("int_medians_learnt") }}

),

dim_slos as (

    select * from {{ ref("dim_slos") }}

),

owner_roles as (

    select * from {{ ref("owner_roles") }}

),

instants_now as (

    select
        journey,
        clock_seconds

    from prediction_instants
    where is_now

),

compared as (

    select
        targets_predicted.*,
        instants_now.clock_seconds - prediction_instants.clock_seconds
            as watched_seconds,
        of_any.median_seconds as global_median_seconds,
        of_state.median_seconds as state_median_seconds,
        cast(floor(owner_roles.attention_budget_per_day) as bigint) as attention_count,
        case
            when targets_predicted.deadline_at is not null
                then
                    {{ offpath.seconds_between(
                        "targets_predicted.from_at", "targets_predicted.predicted_at"
                    ) }}
                    / nullif(
                        cast(
                            {{ offpath.seconds_between(
                                "targets_predicted.from_at",
                                "targets_predicted.deadline_at",
                            ) }} as double
                        ),
                        0
                    )
            when targets_predicted.ended_at is not null
                then
                    {{ offpath.seconds_between(
                        "targets_predicted.from_at", "targets_predicted.predicted_at"
                    ) }}
                    / nullif(
                        cast(
                            {{ offpath.seconds_between(
                                "targets_predicted.from_at",
                                "targets_predicted.ended_at",
                            ) }} as double
                        ),
                        0
                    )
        end as gone_share

    from targets_predicted
    inner join prediction_instants
        on
            targets_predicted.journey = prediction_instants.journey
            and targets_predicted.instant_number = prediction_instants.instant_number
    inner join instants_now
        on targets_predicted.journey = instants_now.journey
    left join medians_learnt as of_any
        on
            targets_predicted.journey = of_any.journey
            and targets_predicted.instant_number = of_any.instant_number
            and targets_predicted.target = of_any.target
            and of_any.state = '[any]'
    left join medians_learnt as of_state
        on
            targets_predicted.journey = of_state.journey
            and targets_predicted.instant_number = of_state.instant_number
            and targets_predicted.target = of_state.target
            and coalesce(targets_predicted.state, '[none]') = of_state.state
    left join dim_slos
        on targets_predicted.target = dim_slos.slo_id
    left join owner_roles
        on dim_slos.owner_role = owner_roles.owner_role

),

-- What is not over by now lasts longer than it was watched, and what will never come
-- longer than anything: all times are cut at what was watched, so that no figure is
-- left out for how it came out. What was not to be asked in the end is not judged.
predictions_judged as (

    select
        asked_number,
        journey,
        target,
        predicted_at,
        attention_count,
        case
            when gone_share < 0.25e0 then 'first quarter'
            when gone_share < 0.5e0 then 'second quarter'
            when gone_share < 0.75e0 then 'third quarter'
            when gone_share is not null then 'last quarter'
            else '[open]'
        end as earliness,
        median_seconds,
        watched_seconds,
        case
            when ended_at is not null and is_kept is null then null
            when is_kept then least(seconds_to_end, watched_seconds)
            else watched_seconds
        end as came_seconds,
        {%- for column in ["median", "global_median", "state_median"] %}
        case
            when {{ column }}_seconds is not null
                then least({{ column }}_seconds, watched_seconds)
        end as {{ column }}_told_seconds,
        {%- endfor %}
        case
            when ended_at is not null and is_kept is null then null
            when median_seconds <= watched_seconds
                then
                    case
                        when is_kept and seconds_to_end <= median_seconds then 1
                        else 0
                    end
        end as is_by_median,
        case
            when ended_at is not null and is_kept is null then null
            when p90_seconds <= watched_seconds
                then
                    case
                        when
                            is_kept
                            and seconds_to_end >= p10_seconds
                            and seconds_to_end <= p90_seconds
                            then 1
                        else 0
                    end
        end as is_in_band,
        breach_probability as told_probability,
        case when verdict is not null then breach_probability end as breach_probability,
        case
            when verdict = 'bad' and breach_probability is not null then 1
            when verdict = 'good' and breach_probability is not null then 0
        end as is_breached

    from compared

)

select * from predictions_judged
