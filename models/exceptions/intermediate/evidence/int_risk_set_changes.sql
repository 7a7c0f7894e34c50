{#- Over all time, and of the cases that were settled in the last `evidence_days`. -#}
{% set spans = {"all": "true", "recent": "is_recent"} %}

with

rules_tested as (

    select * from {{ ref("int_rules_tested") }}
    where untested_reason is null

),

cases_settled as (

    select * from {{ ref("int_cases_settled") }}

),

rule_firings as (

    select * from {{ ref("int_rule_firings") }}

),

settled as (

    {% for span, condition in spans.items() %}
    select
        slo_id,
        '{{ span }}' as span,
        severity,
        from_date,
        settled_bin,
        count(*) as case_count,
        sum(is_bad) as bad_count

    from cases_settled
    where {{ condition }}
    group by slo_id, severity, from_date, settled_bin
    {{ "union all" if not loop.last }}
    {% endfor %}

),

fired as (

    {% for span, condition in spans.items() %}
    select
        rule_id,
        '{{ span }}' as span,
        severity,
        from_date,
        fired_bin,
        settled_bin,
        count(*) as case_count,
        sum(is_bad) as bad_count

    from rule_firings
    where {{ condition }}
    group by rule_id, severity, from_date, fired_bin, settled_bin
    {{ "union all" if not loop.last }}
    {% endfor %}

),

-- A case leaves the silent ones when it is settled or, before that, when it fires.
changes as (

    select
        rules_tested.rule_id,
        settled.span,
        settled.severity,
        settled.from_date,
        settled.settled_bin as age_bin,
        0 as fired_count,
        0 as fired_bad_count,
        settled.case_count as left_count,
        settled.bad_count as left_bad_count

    from rules_tested
    inner join settled
        on rules_tested.slo_id = settled.slo_id
    union all
    select
        rule_id,
        span,
        severity,
        from_date,
        fired_bin as age_bin,
        case_count as fired_count,
        bad_count as fired_bad_count,
        case_count as left_count,
        bad_count as left_bad_count

    from fired
    union all
    select
        rule_id,
        span,
        severity,
        from_date,
        settled_bin as age_bin,
        0 as fired_count,
        0 as fired_bad_count,
        -case_count as left_count,
        -bad_count as left_bad_count

    from fired

),

risk_set_changes as (

    select
        rule_id,
        span,
        severity,
        from_date,
        age_bin,
        cast(sum(fired_count) as double) as fired_count,
        cast(sum(fired_bad_count) as double) as fired_bad_count,
        cast(sum(left_count) as double) as left_count,
        cast(sum(left_bad_count) as double) as left_bad_count

    from changes
    group by rule_id, span, severity, from_date, age_bin

)

select * from risk_set_changes
