with

slo_tiers as (

    select * from {{ ref("int_slo_tiers") }}

),

burn_hours as (

    select * from {{ ref("fct_burn_rate_history") }}
    where judged_at = date_trunc('hour', {{ offpath.as_of() }})

),

burn_rates as (

    select
        slo_tiers.slo_id,
        slo_tiers.journey,
        slo_tiers.tier,
        slo_tiers.lifts_to,
        slo_tiers.long_hours,
        slo_tiers.short_hours,
        cast(slo_tiers.budget_share as double) as budget_share,
        cast(slo_tiers.burn_threshold as double) as burn_threshold,
        date_trunc('hour', {{ offpath.as_of() }}) as judged_at,
        {%- for name in ["long", "short"] %}
        cast(coalesce(burn_hours.{{ name }}_valid_count, 0) as bigint)
            as {{ name }}_valid_count,
        cast(coalesce(burn_hours.{{ name }}_bad_count, 0) as bigint)
            as {{ name }}_bad_count,
        cast(burn_hours.{{ name }}_burn_rate as double) as {{ name }}_burn_rate,
        {%- endfor %}
        cast(burn_hours.budget_cases as double) as budget_cases,
        cast(burn_hours.long_bad_count / nullif(burn_hours.budget_cases, 0) as double)
            as spent_share,
        cast(burn_hours.long_bad_share_lower as double) as long_bad_share_lower,
        cast(burn_hours.coverage as double) as coverage,
        coalesce(burn_hours.is_frozen, false) as is_frozen,
        coalesce(burn_hours.is_firing, false) as is_firing,
        case
            when burn_hours.slo_id is null then 'no case has counted yet'
            when burn_hours.is_silent
                then 'frozen: nothing has landed for longer than stale_after_hours'
            when burn_hours.is_frozen
                then 'frozen: the feed was silent for too much of the long window'
            when burn_hours.is_over then 'both windows burn faster than the tier allows'
            when burn_hours.is_firing and burn_hours.long_valid_count = 0
                then 'it fired, and no case has counted in the long window since'
            when burn_hours.is_firing
                then 'it fired, and the long window burns faster than the tier allows'
            when burn_hours.long_bad_count < 2
                then 'fewer than two bad cases in the long window'
            when burn_hours.long_burn_rate <= burn_hours.burn_threshold
                then 'the long window burns no faster than the tier allows'
            when burn_hours.short_burn_rate <= burn_hours.burn_threshold
                then 'the short window burns no faster than the tier allows'
            else 'too few cases in the long window to tell it from an accident'
        end as reason

    from slo_tiers
    left join burn_hours
        on
            slo_tiers.slo_id = burn_hours.slo_id
            and slo_tiers.tier = burn_hours.tier

)

select * from burn_rates
