with

exceptions_detected as (

    select * from {{ ref("int_exceptions_detected") }}

),

exception_rules as (

    select * from {{ ref("exception_rules") }}

),

cases as (

    select * from {{ ref("fct_cases") }}
    where is_excluded

),

-- A deadline that nobody set says nothing of the case: it may come, or be forgotten.
sli_cases as (

    select * from {{ ref("fct_sli_cases") }}
    where
        not_valid_reason is not null
        and not_valid_reason not in ('no promise', 'no threshold for its severity')

),

slo_exclusions as (

    select * from {{ ref("slo_exclusions") }}

),

-- One expression a side, or a join compares each with each.
subjects as (

    select
        exceptions_detected.exception_id,
        exceptions_detected.journey,
        exceptions_detected.detected_at,
        exception_rules.slo_id,
        case
            when exceptions_detected.subject_type = 'case'
                then exceptions_detected.subject_id
        end as case_id

    from exceptions_detected
    inner join exception_rules
        on exceptions_detected.rule_id = exception_rules.rule_id

),

reasons as (

    select
        subjects.exception_id,
        1 as reason_rank,
        'case is excluded' as exclusion

    from subjects
    inner join cases
        on
            subjects.journey = cases.journey
            and subjects.case_id = cases.case_id
    union all
    select
        subjects.exception_id,
        2 as reason_rank,
        sli_cases.not_valid_reason as exclusion

    from subjects
    inner join sli_cases
        on
            subjects.slo_id = sli_cases.slo_id
            and subjects.journey = sli_cases.journey
            and subjects.case_id = sli_cases.case_id
    union all
    select
        subjects.exception_id,
        3 as reason_rank,
        'exclusion: ' || slo_exclusions.reason as exclusion

    from subjects
    inner join slo_exclusions
        on
            subjects.journey = slo_exclusions.journey
            and subjects.detected_at >= slo_exclusions.starts_at
            and subjects.detected_at < slo_exclusions.ends_at

),

ranked as (

    select
        exception_id,
        exclusion,
        row_number() over (
            partition by exception_id
            order by reason_rank, exclusion
        ) as reason_number

    from reasons

),

exceptions_excluded as (

    select
        exception_id,
        exclusion

    from ranked
    where reason_number = 1

)

select * from exceptions_excluded
