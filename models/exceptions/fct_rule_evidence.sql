{% set spans = ["all", "recent"] %}

with

rules_tested as (

    select * from {{ ref("int_rules_tested") }}

),

cases_settled as (

    select * from {{ ref("int_cases_settled") }}

),

rule_firings as (

    select * from {{ ref("int_rule_firings") }}

),

risk_ratios as (

    select * from {{ ref("int_risk_ratios") }}

),

known as (

    select
        slo_id,
        sum(is_bad) as bad_count,
        count(*) as case_count

    from cases_settled
    group by slo_id

),

fired as (

    select
        rule_id,
        sum(is_bad) as fired_bad,
        count(*) - sum(is_bad) as fired_good,
        {{ offpath.median_of(
            "case when is_bad = 1 then "
            ~ offpath.seconds_between("fired_at", "settled_at")
            ~ " end"
        ) }} as median_lead_seconds

    from rule_firings
    group by rule_id

),

-- In 19 of 20 builds, luck brings no ratio beyond one of its two bounds: each is bounded
-- as much more widely as there are of them (Bonferroni).
widened as (

    select
        {{ offpath.normal_quantile("(1 - 0.025e0 / greatest(count(*), 1))") }} as bound_z

    from risk_ratios

),

bounded as (

    select
        risk_ratios.*,
        widened.bound_z,
        risk_ratios.fired_sum / nullif(risk_ratios.silent_sum, 0) as risk_ratio,
        {%- for bound in ["lower", "upper"] %}
        {{ offpath["ratio_" ~ bound](
            "risk_ratios.fired_sum",
            "risk_ratios.silent_sum",
            "risk_ratios.clustered_variance_sum",
            "widened.bound_z",
        ) }} as risk_ratio_{{ bound }}
        {{- "," if not loop.last }}
        {%- endfor %}

    from risk_ratios
    cross join widened

),

-- A rule that adds less than a quarter to the risk foretells nothing worth a message.
judged as (

    select
        *,
        case
            when risk_ratio_upper < 1.25 then 'refuted'
            when fired_bad_count >= 2 and risk_ratio_lower > 1 then 'supported'
            else 'too few'
        end as verdict

    from bounded

),

evidence as (

    select
        rules_tested.rule_id,
        rules_tested.slo_id,
        rules_tested.untested_reason,
        case when known.slo_id is not null then coalesce(fired.fired_bad, 0) end
            as fired_bad,
        case when known.slo_id is not null then coalesce(fired.fired_good, 0) end
            as fired_good,
        known.bad_count,
        known.case_count,
        {%- for span in spans %}
        {%- for column in [
            "fired_count",
            "fired_bad_count",
            "comparable_bad_share",
            "risk_ratio",
            "risk_ratio_lower",
            "risk_ratio_upper",
            "verdict",
        ] %}
        in_{{ span }}.{{ column }} as {{ span }}_{{ column }},
        {%- endfor %}
        {%- endfor %}
        fired.median_lead_seconds

    from rules_tested
    left join known
        on
            rules_tested.slo_id = known.slo_id
            and rules_tested.untested_reason is null
    left join fired
        on rules_tested.rule_id = fired.rule_id
    {%- for span in spans %}
    left join judged as in_{{ span }}
        on
            rules_tested.rule_id = in_{{ span }}.rule_id
            and in_{{ span }}.span = '{{ span }}'
    {%- endfor %}

),

rule_evidence as (

    select
        rule_id,
        slo_id,
        untested_reason,
        cast(fired_bad as bigint) as fired_bad_count,
        cast(fired_good as bigint) as fired_good_count,
        cast(bad_count - fired_bad as bigint) as silent_bad_count,
        cast(case_count - bad_count - fired_good as bigint) as silent_good_count,
        cast(fired_bad as double) / nullif(fired_bad + fired_good, 0)
            as precision_share,
        cast(fired_bad as double) / nullif(bad_count, 0) as recall_share,
        cast(all_fired_count as bigint) as compared_count,
        {{ offpath.without_noise("all_comparable_bad_share") }} as comparable_bad_share,
        {{ offpath.without_noise(
            "all_fired_bad_count / nullif(all_fired_count * all_comparable_bad_share, 0)"
        ) }} as lift,
        {{ offpath.without_noise("all_risk_ratio") }} as risk_ratio,
        {{ offpath.without_noise("all_risk_ratio_lower") }} as risk_ratio_lower,
        {{ offpath.without_noise("all_risk_ratio_upper") }} as risk_ratio_upper,
        cast(median_lead_seconds as double) as median_lead_seconds,
        cast(recent_fired_count as bigint) as recent_compared_count,
        {{ offpath.without_noise("recent_risk_ratio") }} as recent_risk_ratio,
        {{ offpath.without_noise("recent_risk_ratio_lower") }}
            as recent_risk_ratio_lower,
        {{ offpath.without_noise("recent_risk_ratio_upper") }}
            as recent_risk_ratio_upper,
        case
            when untested_reason is not null then null
            when coalesce(recent_verdict, 'too few') <> 'too few' then recent_verdict
            else coalesce(all_verdict, 'too few')
        end as verdict,
        case
            when untested_reason is not null then null
            when coalesce(recent_verdict, 'too few') <> 'too few' then 'recent'
            else 'all'
        end as verdict_span

    from evidence

)

select * from rule_evidence
