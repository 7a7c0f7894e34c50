with

error_budgets as (

    select * from {{ ref("fct_error_budgets") }}

),

sli_cases as (

    select * from {{ ref("fct_sli_cases") }}
    where verdict in ('good', 'bad')

),

slos as (

    select * from {{ ref("slos") }}

),

slo_steps as (

    select * from {{ ref("slo_steps") }}

),

-- Where rework is what makes a case bad, or a step of it.
against_rework as (

    select slo_id

    from slos
    where indicator = 'first_time_right'
    union
    select slo_steps.slo_id

    from slo_steps
    inner join slos
        on slo_steps.step_slo_id = slos.slo_id
    where slos.indicator = 'first_time_right'

),

-- Good and bad are compared, so each is described by what the objective is about and
-- not by what came of it: a good case until it had kept the promise, a bad one until it
-- counted, neither until a rework that turned it later nor until it had matured.
valid_cases as (

    select
        sli_cases.slo_id,
        sli_cases.journey,
        sli_cases.case_id,
        sli_cases.verdict = 'bad' as is_bad,
        against_rework.slo_id is not null as is_against_rework,
        cast(sli_cases.counted_at as date) as counted_date,
        sli_cases.from_at,
        case
            when sli_cases.verdict = 'bad' then sli_cases.counted_at
            else least(sli_cases.counted_at, sli_cases.settled_at)
        end as described_until_at

    from sli_cases
    inner join error_budgets
        on
            sli_cases.slo_id = error_budgets.slo_id
            and {{ offpath.is_since_window_start("sli_cases", "error_budgets") }}
    left join against_rework
        on sli_cases.slo_id = against_rework.slo_id

)

select * from valid_cases
