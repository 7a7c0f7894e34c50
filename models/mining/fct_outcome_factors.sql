{%- set factor = ["journey", "outcome", "known_at", "factor_kind", "factor_value"] -%}

with

factors_tested as (

    select * from {{ ref("int_factors_tested") }}

),

factors_stratified as (

    select * from {{ ref("int_factors_stratified") }}

),

beginnings as (

    select * from {{ ref("int_variant_beginnings") }}

),

variant_steps as (

    select * from {{ ref("int_variant_steps") }}

),

-- The way that cases had gone is told from one of their variants.
asked_beginnings as (

    select
        beginnings.journey,
        beginnings.beginning_id,
        beginnings.event_count,
        min(beginnings.variant_id) as variant_id

    from beginnings
    where
        (beginnings.journey, beginnings.beginning_id) in (
            select
                factors_tested.journey,
                factors_tested.factor_value

            from factors_tested
            where factors_tested.factor_kind = 'variant_so_far'
        )
    group by beginnings.journey, beginnings.beginning_id, beginnings.event_count

),

spelt as (

    select
        asked_beginnings.journey,
        asked_beginnings.beginning_id,
        {{ offpath.ordered_list(
            "variant_steps.event_name", "variant_steps.event_number", " > "
        ) }} as variant_so_far

    from asked_beginnings
    inner join variant_steps
        on
            asked_beginnings.journey = variant_steps.journey
            and asked_beginnings.variant_id = variant_steps.variant_id
            and asked_beginnings.event_count >= variant_steps.event_number
    group by asked_beginnings.journey, asked_beginnings.beginning_id

),

-- The strata of one factor at a time: those in which the least is left of the ratio.
least_left as (

    select
        factors_stratified.journey,
        factors_stratified.outcome,
        factors_stratified.known_at,
        factors_stratified.factor_kind,
        factors_stratified.factor_value,
        factors_stratified.stratum_kind,
        case
            when factors_tested.is_turned
                then
                    factors_stratified.without_sum
                    / nullif(factors_stratified.with_sum, 0)
            else
                factors_stratified.with_sum
                / nullif(factors_stratified.without_sum, 0)
        end as stratified_ratio

    from factors_stratified
    inner join factors_tested
        on
            {%- for key in factor %}
            factors_stratified.{{ key }} = factors_tested.{{ key }}
            {{- " and" if not loop.last }}
            {%- endfor %}

),

ranked as (

    select
        *,
        row_number() over (
            partition by journey, outcome, known_at, factor_kind, factor_value
            order by stratified_ratio, stratum_kind
        ) as ratio_rank

    from least_left
    where stratified_ratio is not null

),

measured as (

    select
        factors_tested.*,
        factors_tested.with_sum / nullif(factors_tested.without_sum, 0) as ratio,
        {%- for bound in ["lower", "upper"] %}
        {{ offpath["ratio_" ~ bound](
            "factors_tested.with_sum",
            "factors_tested.without_sum",
            "factors_tested.variance_sum",
            "factors_tested.bound_z",
        ) }} as ratio_{{ bound }},
        {%- endfor %}
        spelt.variant_so_far,
        ranked.stratified_ratio,
        ranked.stratum_kind

    from factors_tested
    left join spelt
        on
            factors_tested.factor_kind = 'variant_so_far'
            and factors_tested.journey = spelt.journey
            and factors_tested.factor_value = spelt.beginning_id
    left join ranked
        on
            {%- for key in factor %}
            factors_tested.{{ key }} = ranked.{{ key }} and
            {%- endfor %}
            ranked.ratio_rank = 1

),

outcome_factors as (

    select
        journey,
        outcome,
        case when outcome <> '[slow]' then outcome end as slo_id,
        known_at,
        case
            when factor_kind <> 'step' then factor_kind
            when is_turned then 'step_missing'
            else 'step_happened'
        end as factor_kind,
        coalesce(variant_so_far, factor_value) as factor_value,
        cast(with_count as bigint) as case_count,
        cast(with_bad as bigint) as bad_count,
        with_bad / with_count as bad_share,
        cast(all_count - with_count as bigint) as other_case_count,
        cast(all_bad - with_bad as bigint) as other_bad_count,
        (all_bad - with_bad) / (all_count - with_count) as other_bad_share,
        {{ offpath.without_noise("ratio") }} as risk_ratio,
        {{ offpath.without_noise("ratio_lower") }} as risk_ratio_lower,
        {{ offpath.without_noise("ratio_upper") }} as risk_ratio_upper,
        {{ offpath.without_noise(
            "(with_sum - without_sum) / nullif(compared_sum, 0)"
        ) }} as risk_difference,
        p_value,
        q_value,
        case
            when with_sum > without_sum
                then
                    {{ offpath.without_noise(
                        "with_bad / all_bad * (1 - without_sum / with_sum)"
                    ) }}
        end as attributable_share,
        case
            when q_value is not null
                then
                    q_value <= 0.05
                    and with_bad >= 5
                    and with_sum >= 1.25e0 * without_sum
        end as is_notable,
        {{ offpath.without_noise("stratified_ratio") }} as stratified_risk_ratio,
        stratum_kind as stratified_by,
        case
            when stratified_ratio is not null
                then stratified_ratio < 1 and with_sum > without_sum
        end as reverses

    from measured

)

select * from outcome_factors
