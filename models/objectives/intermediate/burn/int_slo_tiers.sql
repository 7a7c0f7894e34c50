with

slos as (

    select * from {{ ref("slos") }}

),

slo_targets as (

    select * from {{ ref("int_slo_targets") }}

),

burn_tiers as (

    select * from {{ ref("burn_tiers") }}

),

-- An objective with tiers of its own has those alone, in the hours that they name.
watched as (

    select
        slos.slo_id,
        slos.journey,
        slos.owner_role,
        slo_targets.target,
        burn_tiers.tier,
        burn_tiers.long_hours,
        burn_tiers.short_hours,
        burn_tiers.lifts_to,
        burn_tiers.slo_id = '*' as is_default,
        cast(burn_tiers.budget_share as double) as budget_share,
        slos.window_days * 24 as window_hours,
        case
            when burn_tiers.slo_id = '*' then slos.window_days / 28.0e0 else 1
        end as scale

    from slos
    inner join slo_targets
        on
            slos.slo_id = slo_targets.slo_id
            and {{ offpath.is_in_force("slo_targets", offpath.as_of()) }}
    inner join burn_tiers
        on
            slos.slo_id = burn_tiers.slo_id
            or (
                burn_tiers.slo_id = '*'
                and slos.slo_id not in (
                    select own.slo_id from {{ ref("burn_tiers") }} as own
                )
            )

),

-- The default tiers are for a window of 28 days. Of another one their hours are as many
-- times as long, and they burn as fast.
scaled as (

    select
        slo_id,
        journey,
        owner_role,
        target,
        tier,
        lifts_to,
        is_default,
        window_hours,
        {%- for hours in ["long_hours", "short_hours"] %}
        greatest(cast(floor({{ hours }} * scale + 0.5e0) as integer), 1) as {{ hours }},
        {%- endfor %}
        {{ offpath.without_noise(
            "budget_share * window_hours / (long_hours * scale)"
        ) }} as burn_threshold

    from watched

),

-- Where even all cases being bad does not burn that fast, or a window is too short for
-- its hours to differ, a default tier is none of the objective's. One of its own is a
-- mistake, which a test names.
slo_tiers as (

    select
        slo_id,
        journey,
        owner_role,
        target,
        tier,
        long_hours,
        short_hours,
        lifts_to,
        {{ offpath.without_noise("burn_threshold * long_hours / window_hours") }}
            as budget_share,
        window_hours,
        burn_threshold

    from scaled
    where
        not is_default
        or (burn_threshold * (1 - target) < 1 and short_hours < long_hours)

)

select * from slo_tiers
