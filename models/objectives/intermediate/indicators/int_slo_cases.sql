{{ config(materialized="view") }}

with

slos as (

    select * from {{ ref("slos") }}
    where indicator <> 'composite'

),

cases as (

    select * from {{ ref("fct_cases") }}

),

case_promises as (

    select * from {{ ref("int_case_promises") }}

),

slo_cases as (

    select
        slos.slo_id,
        slos.indicator,
        slos.to_event,
        slos.promise,
        slos.maturity_days,
        slos.calendar,
        slos.defined_at,
        slos.when_ended,
        cases.journey,
        cases.case_id,
        cases.severity,
        cases.started_at,
        cases.first_good_ended_at,
        cases.ended_at,
        cases.is_excluded,
        -- A promise of its own, else (for an outcome) the case's due time.
        case
            when slos.promise is not null then case_promises.due_at
            when slos.indicator = 'outcome' then cases.due_at
        end as promised_at,
        slos.promise is not null as needs_promise

    from slos
    inner join cases
        on slos.journey = cases.journey
    left join case_promises
        on
            slos.promise = case_promises.promise
            and cases.journey = case_promises.journey
            and cases.case_id = case_promises.case_id

)

select * from slo_cases
