with

gate_passages as (

    select * from {{ ref("int_gate_passages") }}

),

gate_failures as (

    select * from {{ ref("int_gate_failures") }}

),

-- A case that never failed has nothing to tell.
failing_cases as (

    select distinct
        rule_id,
        case_id

    from gate_failures

),

judged as (

    select
        gate_passages.rule_id,
        gate_passages.journey,
        gate_passages.case_id,
        gate_passages.event_id,
        gate_passages.event_number,
        gate_passages.occurred_at,
        gate_failures.gate_event,
        gate_failures.field,
        gate_failures.expectation,
        gate_failures.observed_value,
        gate_failures.rule_id is not null as is_failing

    from gate_passages
    inner join failing_cases
        on
            gate_passages.rule_id = failing_cases.rule_id
            and gate_passages.case_id = failing_cases.case_id
    left join gate_failures
        on
            gate_passages.rule_id = gate_failures.rule_id
            and gate_passages.event_id = gate_failures.event_id

),

-- Failing passages share a spell with the passing one before them, so that each spell
-- has one passing passage at most: the one that ends the spell before.
spelled as (

    select
        *,
        sum(case when is_failing then 0 else 1 end) over (
            partition by rule_id, case_id
            order by event_number
            rows between unbounded preceding and current row
        ) as spell

    from judged

),

passed as (

    select
        rule_id,
        case_id,
        spell,
        occurred_at

    from spelled
    where not is_failing

),

failed as (

    select
        rule_id,
        journey,
        case_id,
        spell,
        gate_event,
        field,
        expectation,
        min(occurred_at) as onset_at,
        count(*) as failing_count,
        min_by(event_id, event_number) as event_id,
        min_by(observed_value, event_number) as observed_value

    from spelled
    where is_failing
    group by rule_id, journey, case_id, spell, gate_event, field, expectation

),

gate_spells as (

    select
        failed.rule_id,
        failed.journey,
        failed.case_id,
        failed.gate_event,
        failed.field,
        failed.expectation,
        failed.event_id,
        failed.observed_value,
        failed.failing_count,
        failed.onset_at,
        passed.occurred_at as mended_at

    from failed
    left join passed
        on
            failed.rule_id = passed.rule_id
            and failed.case_id = passed.case_id
            and failed.spell + 1 = passed.spell

)

select * from gate_spells
