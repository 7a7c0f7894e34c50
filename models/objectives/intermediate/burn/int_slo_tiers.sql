{{ config(materialized="view") }}

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

-- An objective with tiers of its own has those alone.
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
        slos.window_days * 24 as window_hours

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

measured as (

    select
        *,
        budget_share * window_hours / long_hours as burn_threshold

    from watched

),

-- Where even all cases being bad does not burn that fast, a default tier is none of the
-- objective's. One of its own is a mistake, which a test names.
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
        budget_share,
        window_hours,
        burn_threshold

    from measured
    where not is_default or burn_threshold * (1 - target) < 1

)

select * from slo_tiers
