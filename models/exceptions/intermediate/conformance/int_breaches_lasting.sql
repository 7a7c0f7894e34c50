{{ config(
    materialized=offpath.incremental_or_table(),
    incremental_strategy="by_case",
) }}

with

watched as (

    select * from {{ ref("int_constraints_watched") }}

),

activations as (

    select * from {{ ref("int_activations_answered") }}
    where {{ offpath.is_due("journey", "case_id") }}

),

steps_off_path as (

    select * from {{ ref("int_steps_off_path") }}
    where {{ offpath.is_due("journey", "case_id") }}

),

case_endings as (

    select * from {{ ref("int_case_endings") }}
    where {{ offpath.is_due("journey", "case_id") }}

),

-- What has a bound is an answer that is missed.
unbounded as (

    select
        activations.*,
        watched.activation_event,
        watched.target_event

    from activations
    inner join watched
        on
            activations.rule_id = watched.rule_id
            and activations.ask_number = watched.ask_number
    where watched.within_minutes is null

),

-- A case that ended, and of what it was asked had not given the answer.
unanswered as (

    select
        unbounded.rule_id,
        unbounded.journey,
        unbounded.case_id,
        unbounded.event_id,
        unbounded.event_name,
        unbounded.event_number,
        min(case_endings.event_number) as ending_number,
        min(case_endings.ended_at) as occurred_at,
        min(unbounded.answered_at) as mended_at

    from unbounded
    inner join case_endings
        on
            unbounded.journey = case_endings.journey
            and unbounded.case_id = case_endings.case_id
    where
        unbounded.kind in ({{ offpath.templates_that("is_owed") }})
        and case_endings.ended_as in ('good', 'bad')
        and unbounded.event_number <= case_endings.event_number
        and (
            unbounded.answered_number is null
            or unbounded.answered_number > case_endings.event_number
        )
        and (
            unbounded.broken_number is null
            or unbounded.broken_number > case_endings.event_number
        )
    group by
        unbounded.rule_id,
        unbounded.journey,
        unbounded.case_id,
        unbounded.event_id,
        unbounded.event_name,
        unbounded.event_number

),

-- A case that ended and had not yet had what it must have.
missing_activations as (

    select
        watched.rule_id,
        case_endings.journey,
        case_endings.case_id,
        watched.activation_event as event_name,
        case_endings.ended_at as occurred_at,
        activations.occurred_at as mended_at

    from watched
    inner join case_endings
        on watched.journey = case_endings.journey
    left join activations
        on
            watched.rule_id = activations.rule_id
            and case_endings.case_id = activations.case_id
            and activations.is_first
    where
        watched.kind in ('exactly_once', 'existence')
        and case_endings.ended_as in ('good', 'bad')
        and (
            activations.event_number is null
            or activations.event_number > case_endings.event_number
        )

),

-- Of several that one event breaks, the first comes first.
breaches as (

    select
        rule_id,
        journey,
        case_id,
        event_id,
        case
            when kind in ('not_succession', 'not_chain_succession')
                then activation_event || ' > ' || target_event
            else event_name
        end as event_name,
        cast(broken_number as bigint) * 4294967296 + event_number as breach_order,
        broken_at as occurred_at,
        cast(null as timestamp) as mended_at

    from unbounded
    where broken_number is not null
    union all
    select
        rule_id,
        journey,
        case_id,
        event_id,
        event_name,
        cast(ending_number as bigint) * 4294967296 + event_number as breach_order,
        occurred_at,
        mended_at

    from unanswered
    union all
    select
        rule_id,
        journey,
        case_id,
        event_id,
        transition as event_name,
        cast(event_number as bigint) as breach_order,
        occurred_at,
        cast(null as timestamp) as mended_at

    from steps_off_path
    union all
    select
        rule_id,
        journey,
        case_id,
        cast(null as {{ dbt.type_string() }}) as event_id,
        event_name,
        cast(null as bigint) as breach_order,
        occurred_at,
        mended_at

    from missing_activations

),

breaches_lasting as (

    select
        rule_id,
        journey,
        case_id,
        min(occurred_at) as onset_at,
        count(*) as breach_count,
        min_by(event_id, breach_order) as event_id,
        coalesce(min_by(event_name, breach_order), min(event_name)) as event_name,
        -- One breach that nothing mends is enough.
        case when count(mended_at) = count(*) then max(mended_at) end as mended_at

    from breaches
    group by rule_id, journey, case_id

)

select * from breaches_lasting
