with

prefixes_asked as (

    select * from {{ ref("int_prefixes_asked") }}

),

case_targets as (

    select * from {{ ref("int_case_targets") }}

),

sli_cases as (

    select * from {{ ref("fct_sli_cases") }}

),

-- A deadline that moved later than the instant is not the one that was known then. The
-- time left is that at the last event, as it is of what is learnt.
joined as (

    select
        prefixes_asked.journey,
        prefixes_asked.instant_number,
        case_targets.target,
        prefixes_asked.case_id,
        prefixes_asked.case_number,
        prefixes_asked.is_now,
        prefixes_asked.predicted_at,
        prefixes_asked.event_name,
        prefixes_asked.previous_event_name,
        prefixes_asked.severity,
        prefixes_asked.state,
        prefixes_asked.elapsed_class,
        {{ offpath.left_class(
            "case_targets.deadline_seconds - prefixes_asked.asked_seconds"
            ~ " + prefixes_asked.waited_seconds"
        ) }} as left_class,
        prefixes_asked.waited_seconds,
        prefixes_asked.waited_class,
        case_targets.from_at,
        case_targets.ended_at,
        case_targets.is_kept,
        case_targets.deadline_at,
        case_targets.ended_seconds - prefixes_asked.asked_seconds as seconds_to_end,
        case_targets.deadline_seconds - prefixes_asked.asked_seconds as seconds_left,
        case when sli_cases.verdict in ('good', 'bad') then sli_cases.verdict end
            as verdict

    from prefixes_asked
    inner join case_targets
        on
            prefixes_asked.journey = case_targets.journey
            and prefixes_asked.case_id = case_targets.case_id
            and prefixes_asked.predicted_at >= case_targets.from_at
            and prefixes_asked.predicted_at
            < coalesce(case_targets.ended_at, cast('9999-12-31' as timestamp))
    left join sli_cases
        on
            case_targets.target = sli_cases.slo_id
            and case_targets.journey = sli_cases.journey
            and case_targets.case_id = sli_cases.case_id
    where
        case_targets.deadline_at is null
        or (
            case_targets.deadline_at > prefixes_asked.predicted_at
            and (
                prefixes_asked.is_now
                or case_targets.deadline_known_from is null
                or case_targets.deadline_known_from <= prefixes_asked.predicted_at
            )
        )

),

targets_asked as (

    select
        *,
        {{ offpath.rough_left_class("left_class") }} as rough_left_class,
        row_number() over (order by journey, instant_number, target, case_id)
            as asked_number

    from joined

)

select * from targets_asked
