{%- set factor = ["journey", "outcome", "known_at", "factor_kind", "factor_value"] -%}
{%- set strata = ["severity"] + (
    offpath.contract_columns("event", "cut") | reject("equalto", "actor") | list
) -%}

with

factors_tested as (

    select * from {{ ref("int_factors_tested") }}
    where q_value <= 0.05

),

factors_counted as (

    select * from {{ ref("int_factors_counted") }}

),

-- Within a month, so that what differs from month to month explains nothing here.
with_factor as (

    {% for column in strata %}
    select
        factors_tested.journey,
        factors_tested.outcome,
        factors_tested.known_at,
        factors_tested.factor_kind,
        factors_tested.factor_value,
        '{{ column }}' as stratum_kind,
        factors_counted.{{ column }} as stratum,
        cast(date_trunc('month', factors_counted.from_date) as date) as month_date,
        cast(sum(factors_counted.case_count) as double) as with_count,
        cast(sum(factors_counted.bad_count) as double) as with_bad

    from factors_tested
    inner join factors_counted
        on
            {%- for key in factor %}
            factors_tested.{{ key }} = factors_counted.{{ key }}
            {{- " and" if not loop.last }}
            {%- endfor %}
    where factors_tested.factor_kind <> '{{ column }}'
    group by
        factors_tested.journey,
        factors_tested.outcome,
        factors_tested.known_at,
        factors_tested.factor_kind,
        factors_tested.factor_value,
        factors_counted.{{ column }},
        date_trunc('month', factors_counted.from_date)
    {{ "union all" if not loop.last }}
    {% endfor %}

),

everyone as (

    {% for column in strata %}
    select
        journey,
        outcome,
        known_at,
        '{{ column }}' as stratum_kind,
        {{ column }} as stratum,
        cast(date_trunc('month', from_date) as date) as month_date,
        cast(sum(case_count) as double) as all_count,
        cast(sum(bad_count) as double) as all_bad

    from factors_counted
    where factor_kind = 'all'
    group by journey, outcome, known_at, {{ column }}, date_trunc('month', from_date)
    {{ "union all" if not loop.last }}
    {% endfor %}

),

-- Where all cases are of one stratum, there is nothing to look into.
stratum_kinds as (

    select
        journey,
        outcome,
        known_at,
        stratum_kind

    from everyone
    group by journey, outcome, known_at, stratum_kind
    having min(stratum) <> max(stratum)

),

factors_stratified as (

    select
        {%- for key in factor %}
        with_factor.{{ key }},
        {%- endfor %}
        with_factor.stratum_kind,
        sum(
            with_factor.with_bad
            * (everyone.all_count - with_factor.with_count)
            / everyone.all_count
        ) as with_sum,
        sum(
            (everyone.all_bad - with_factor.with_bad)
            * with_factor.with_count
            / everyone.all_count
        ) as without_sum

    from with_factor
    inner join everyone
        on
            with_factor.journey = everyone.journey
            and with_factor.outcome = everyone.outcome
            and with_factor.known_at = everyone.known_at
            and with_factor.stratum_kind = everyone.stratum_kind
            and with_factor.stratum = everyone.stratum
            and with_factor.month_date = everyone.month_date
    inner join stratum_kinds
        on
            with_factor.journey = stratum_kinds.journey
            and with_factor.outcome = stratum_kinds.outcome
            and with_factor.known_at = stratum_kinds.known_at
            and with_factor.stratum_kind = stratum_kinds.stratum_kind
    group by
        {%- for key in factor %}
        with_factor.{{ key }},
        {%- endfor %}
        with_factor.stratum_kind

)

select * from factors_stratified
