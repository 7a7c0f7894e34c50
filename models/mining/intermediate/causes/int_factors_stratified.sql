with

factors_tested as (

    select * from {{ ref("int_factors_tested") }}
    where q_value <= 0.05

),

factors_counted as (

    select * from {{ ref("int_factors_counted") }}

),

outcomes_numbered as (

    select * from {{ ref("int_outcomes_numbered") }}

),

strata_described as (

    select * from {{ ref("int_strata_described") }}

),

-- Within a month, so that what differs from month to month explains nothing here.
months_counted as (

    select
        outcome_number,
        known_at,
        factor_kind,
        factor_value,
        cast(date_trunc('month', from_date) as date) as month_date,
        strata_number,
        cast(sum(case_count) as double) as case_count,
        cast(sum(bad_count) as double) as bad_count

    from factors_counted
    group by
        outcome_number,
        known_at,
        factor_kind,
        factor_value,
        date_trunc('month', from_date),
        strata_number

),

-- What each of them is counted in, by each column that tells strata apart.
strata_counted as (

    select
        months_counted.outcome_number,
        months_counted.known_at,
        months_counted.factor_kind,
        months_counted.factor_value,
        months_counted.month_date,
        strata_described.stratum_kind,
        strata_described.stratum,
        sum(months_counted.case_count) as case_count,
        sum(months_counted.bad_count) as bad_count

    from months_counted
    inner join outcomes_numbered
        on months_counted.outcome_number = outcomes_numbered.outcome_number
    inner join strata_described
        on
            outcomes_numbered.journey = strata_described.journey
            and months_counted.strata_number = strata_described.strata_number
            and months_counted.factor_kind <> strata_described.stratum_kind
    group by
        months_counted.outcome_number,
        months_counted.known_at,
        months_counted.factor_kind,
        months_counted.factor_value,
        months_counted.month_date,
        strata_described.stratum_kind,
        strata_described.stratum

),

everyone as (

    select * from strata_counted
    where factor_kind = 'all'

),

-- Where all cases are of one stratum, there is nothing to look into.
stratum_kinds as (

    select
        outcome_number,
        known_at,
        stratum_kind

    from everyone
    group by outcome_number, known_at, stratum_kind
    having min(stratum) <> max(stratum)

),

factors_stratified as (

    select
        factors_tested.journey,
        factors_tested.outcome,
        factors_tested.known_at,
        factors_tested.factor_kind,
        factors_tested.factor_value,
        strata_counted.stratum_kind,
        sum(
            strata_counted.bad_count
            * (everyone.case_count - strata_counted.case_count)
            / everyone.case_count
        ) as with_sum,
        sum(
            (everyone.bad_count - strata_counted.bad_count)
            * strata_counted.case_count
            / everyone.case_count
        ) as without_sum

    from factors_tested
    inner join strata_counted
        on
            factors_tested.outcome_number = strata_counted.outcome_number
            and factors_tested.known_at = strata_counted.known_at
            and factors_tested.factor_kind = strata_counted.factor_kind
            and factors_tested.factor_value = strata_counted.factor_value
    inner join everyone
        on
            strata_counted.outcome_number = everyone.outcome_number
            and strata_counted.known_at = everyone.known_at
            and strata_counted.stratum_kind = everyone.stratum_kind
            and strata_counted.stratum = everyone.stratum
            and strata_counted.month_date = everyone.month_date
    inner join stratum_kinds
        on
            strata_counted.outcome_number = stratum_kinds.outcome_number
            and strata_counted.known_at = stratum_kinds.known_at
            and strata_counted.stratum_kind = stratum_kinds.stratum_kind
    group by
        factors_tested.journey,
        factors_tested.outcome,
        factors_tested.known_at,
        factors_tested.factor_kind,
        factors_tested.factor_value,
        strata_counted.stratum_kind

)

select * from factors_stratified
