{#- So many cases tell a median as well as all. -#}
{%- set most_cases = 1000 -%}

with

targets_learnt as (

    select * from {{ ref("int_targets_learnt") }}
    where instant_number > 0 and lot_place < {{ most_cases }}

),

-- Of all cases, and of those in a state, whatever else is known.
named as (

    {% for state in ["'[any]'", "coalesce(state, '[none]')"] %}
    select
        journey,
        instant_number,
        target,
        {{ state }} as state,
        learnt_number,
        seconds_to_end,
        is_ended,
        is_kept

    from targets_learnt
    {{ "union all" if not loop.last }}
    {% endfor %}

),

weighed as (

    {{ offpath.ended_weights(
        "named",
        ["journey", "instant_number", "target", "state"],
        "seconds_to_end",
        "is_ended",
        "learnt_number",
    ) }}

),

reached as (

    select
        *,
        sum(case when is_kept then ended_weight else 0.0e0 end) over (
            partition by journey, instant_number, target, state
            order by at_risk_count desc
            rows between unbounded preceding and current row
        ) as kept_share

    from weighed

),

medians_learnt as (

    select
        journey,
        instant_number,
        target,
        state,
        min(case when kept_share >= 0.5e0 - 1e-9 then seconds_to_end end)
            as median_seconds

    from reached
    group by journey, instant_number, target, state

)

select * from medians_learnt
