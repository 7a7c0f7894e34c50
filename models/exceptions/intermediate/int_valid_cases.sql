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

journey_timezones as (

    select * from {{ ref("int_journey_timezones") }}

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

in_window as (

    select sli_cases.*

    from sli_cases
    inner join error_budgets
        on
            sli_cases.slo_id = error_budgets.slo_id
            and {{ offpath.is_since_window_start("sli_cases", "error_budgets") }}

),

dated as (

    {{ offpath.local_date_added(
        "in_window", "journey_timezones", "counted_at", "counted_date"
    ) }}

),

-- Good and bad are compared, so each is described by what the objective is about and
-- not by what came of it: a good case until it had kept the promise, a bad one until it
-- counted, neither until a rework that turned it later nor until it had matured.
valid_cases as (

    select
        dated.slo_id,
        dated.journey,
        dated.case_id,
        dated.verdict = 'bad' as is_bad,
        against_rework.slo_id is not null as is_against_rework,
        dated.counted_date,
        dated.from_at,
        case
            when dated.verdict = 'bad' then dated.counted_at
            else least(dated.counted_at, dated.settled_at)
        end as described_until_at

    from dated
    left join against_rework
        on dated.slo_id = against_rework.slo_id

)

select * from valid_cases
