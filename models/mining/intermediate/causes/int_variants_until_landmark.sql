{% set strata = ["severity"] + (
    offpath.contract_columns("event", "cut") | reject("equalto", "actor") | list
) %}

with

actors_until_landmark as (

    select * from {{ ref("int_actors_until_landmark") }}

),

cases_compared as (

    select * from {{ ref("int_cases_compared") }}

),

cases as (

    select
        journey,
        case_id,
        variant_id

    from {{ ref("fct_cases") }}

),

-- Events are in the order of their time: what happened until the landmark is the first
-- so many of the variant.
reached as (

    select
        journey,
        outcome,
        case_id,
        sum(event_count) as event_count

    from actors_until_landmark
    group by journey, outcome, case_id

),

variants_until_landmark as (

    select
        reached.journey,
        reached.outcome,
        cases.variant_id,
        cast(reached.event_count as bigint) as event_count,
        cases_compared.from_date,
        {%- for column in strata %}
        cases_compared.{{ column }},
        {%- endfor %}
        count(*) as case_count,
        sum(cases_compared.is_bad) as bad_count

    from reached
    inner join cases_compared
        on
            reached.journey = cases_compared.journey
            and reached.outcome = cases_compared.outcome
            and reached.case_id = cases_compared.case_id
    inner join cases
        on
            reached.journey = cases.journey
            and reached.case_id = cases.case_id
    group by
        reached.journey,
        reached.outcome,
        cases.variant_id,
        reached.event_count,
        cases_compared.from_date
        {%- for column in strata %},
        cases_compared.{{ column }}
        {%- endfor %}

)

select * from variants_until_landmark
