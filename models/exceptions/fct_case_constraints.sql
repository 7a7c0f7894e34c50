with

cases as (

    select
        journey,
        case_id,
        is_open,
        ended_as,
        ended_at

    from {{ ref("fct_cases") }}

),

rules as (

    select * from {{ ref("int_rules_in_force") }}

),

conformance_rules as (

    select * from {{ ref("conformance_rules") }}

),

activations as (

    select * from {{ ref("int_activations_answered") }}

),

answers_missed as (

    select * from {{ ref("int_answers_missed") }}

),

steps_off_path as (

    select * from {{ ref("int_steps_off_path") }}

),

silences_lasting as (

    select * from {{ ref("int_silences_lasting") }}

),

judged as (

    select
        activations.rule_id,
        activations.ask_number,
        activations.case_id,
        coalesce(activations.broken_number, activations.event_number)
            as breach_number,
        case
            when
                answers_missed.due_at < {{ offpath.as_of() }}
                and coalesce(activations.answered_at > answers_missed.due_at, true)
                and (
                    silences_lasting.journey is null
                    or activations.answered_at is not null
                    or answers_missed.due_at < silences_lasting.silent_since
                )
                then 'violated'
            when activations.broken_number is not null then 'violated'
            when not activations.is_awaiting then 'satisfied'
            when cases.is_open then 'awaited'
            when cases.ended_as = 'excluded' then 'lapsed'
            else 'violated'
        end as verdict,
        case
            when activations.broken_number is not null
                then coalesce(answers_missed.due_at, activations.broken_at)
            when activations.answered_at is not null then answers_missed.due_at
            else
                coalesce(
                    least(answers_missed.due_at, cases.ended_at),
                    answers_missed.due_at,
                    cases.ended_at
                )
        end as breach_at

    from activations
    inner join cases
        on
            activations.journey = cases.journey
            and activations.case_id = cases.case_id
    left join answers_missed
        on
            activations.rule_id = answers_missed.rule_id
            and activations.case_id = answers_missed.case_id
            and activations.occurred_at = answers_missed.onset_at
            and activations.kind in ({{ offpath.templates_that("is_bounded") }})
    left join silences_lasting
        on activations.journey = silences_lasting.journey

),

summed as (

    select
        rule_id,
        case_id,
        sum(case when verdict <> 'lapsed' then 1 else 0 end) as activation_count,
        sum(case when verdict = 'violated' then 1 else 0 end) as violation_count,
        sum(case when verdict = 'awaited' then 1 else 0 end) as awaited_count,
        min(case when verdict = 'violated' then breach_number end) as breach_number,
        min(case when verdict = 'violated' then breach_at end) as breach_at,
        count(*) as compared_count,
        min(ask_number) < max(ask_number) as has_both

    from judged
    group by rule_id, case_id

),

left_path as (

    select
        rule_id,
        case_id,
        count(*) as violation_count,
        min(event_number) as breach_number,
        min(occurred_at) as breach_at

    from steps_off_path
    group by rule_id, case_id

),

asked as (

    select
        rules.rule_id,
        cases.journey,
        cases.case_id,
        cases.is_open,
        cases.ended_as,
        cases.ended_at,
        conformance_rules.template,
        conformance_rules.template in ({{ offpath.templates_that("is_of_case") }})
            as is_of_case,
        -- Nothing is compared with an actor that is not known.
        conformance_rules.template = 'four_eyes'
        and not coalesce(
            summed.has_both
            or (
                conformance_rules.activation_event = conformance_rules.target_event
                and summed.compared_count > 1
            ),
            false
        ) as is_alone,
        conformance_rules.template in ('existence', 'exactly_once')
        and summed.rule_id is null
            as is_missing,
        coalesce(summed.activation_count, 0) as activation_count,
        coalesce(summed.violation_count, left_path.violation_count, 0)
            as violation_count,
        coalesce(summed.awaited_count, 0) as awaited_count,
        coalesce(summed.breach_number, left_path.breach_number) as breach_number,
        coalesce(summed.breach_at, left_path.breach_at) as breach_at

    from rules
    inner join conformance_rules
        on rules.rule_id = conformance_rules.rule_id
    inner join cases
        on rules.journey = cases.journey
    left join summed
        on
            rules.rule_id = summed.rule_id
            and cases.case_id = summed.case_id
    left join left_path
        on
            rules.rule_id = left_path.rule_id
            and cases.case_id = left_path.case_id

),

-- A case that is called off owes nothing any more.
owed as (

    select
        rule_id,
        journey,
        case_id,
        is_open,
        case
            when is_alone or (is_missing and ended_as = 'excluded') then 0
            when is_of_case then 1
            else activation_count
        end as activation_count,
        violation_count
        + case
            when is_missing and not is_open and ended_as <> 'excluded' then 1
            else 0
        end as violation_count,
        awaited_count + case when is_missing and is_open then 1 else 0 end
            as awaited_count,
        breach_number,
        coalesce(breach_at, case when is_missing then ended_at end) as breach_at

    from asked

),

case_constraints as (

    select
        rule_id,
        journey,
        case_id,
        is_open,
        case
            when violation_count > 0 then 'violated'
            when awaited_count > 0 then 'violated_for_now'
            when activation_count = 0 then 'not_activated'
            else 'satisfied'
        end as state,
        cast(activation_count as bigint) as activation_count,
        cast(violation_count as bigint) as violation_count,
        cast(awaited_count as bigint) as awaited_count,
        cast(case when violation_count > 0 then breach_number end as integer)
            as first_breach_number,
        case when violation_count > 0 then breach_at end as first_breach_at

    from owed

)

select * from case_constraints
