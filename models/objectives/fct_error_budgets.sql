with

budget_windows as (

    select * from {{ ref("int_budget_windows") }}

),

budget_counts as (

    select * from {{ ref("int_budget_counts") }}

),

budget_outlook as (

    select * from {{ ref("int_budget_outlook") }}

),

-- The first day ahead at whose end nothing is left, and how much of it that takes.
outlook_steps as (

    select
        *,
        lag(left_cases) over (partition by slo_id order by days_ahead)
            as left_cases_before

    from budget_outlook

),

running_out as (

    select
        slo_id,
        min(
            days_ahead
            - 1
            + left_cases_before / (left_cases_before - left_cases)
        ) as days_left

    from outlook_steps
    where left_cases_before >= 0 and left_cases < 0
    group by slo_id

),

-- What is still to come of a calendar window comes as fast as in the last 28 days.
expected as (

    select
        budget_windows.*,
        budget_counts.valid_count,
        budget_counts.good_count,
        budget_counts.bad_count,
        budget_counts.excluded_count,
        budget_counts.pending_count,
        budget_counts.allowed_count,
        budget_counts.bad_count_7d,
        budget_counts.burn_rate_1d,
        budget_counts.burn_rate_3d,
        budget_counts.burn_rate_7d,
        budget_counts.burn_rate_28d,
        coalesce(
            budget_counts.allowed_count / nullif(budget_counts.valid_count, 0),
            budget_windows.error_share
        ) as allowed_share,
        case
            when budget_windows.calendar_window is null then 0
            else
                coalesce(
                    budget_counts.valid_count_28d
                    * {{ offpath.seconds_between(
                        offpath.as_of(), "budget_windows.window_ended_at"
                    ) }}
                    / greatest(
                        least(
                            {{ offpath.seconds_between(
                                "budget_counts.first_counted_at", offpath.as_of()
                            ) }},
                            28 * 86400
                        ),
                        86400.0e0
                    ),
                    0
                )
        end as expected_count

    from budget_windows
    inner join budget_counts
        on budget_windows.slo_id = budget_counts.slo_id

),

bounded as (

    select
        *,
        allowed_count + error_share * expected_count as budget_cases,
        {{ offpath.wilson_lower("bad_count", "valid_count") }} as bad_share_lower,
        {{ offpath.wilson_upper("bad_count", "valid_count") }} as bad_share_upper,
        {{ offpath.wilson_trials_to_meet("bad_count", "allowed_share") }}
            as valid_count_to_meet

    from expected

),

judged as (

    select
        *,
        {{ offpath.without_noise("budget_cases - bad_count") }} as left_cases,
        case
            when bad_share_upper <= allowed_share then 'met'
            when bad_share_lower > allowed_share then 'missed'
            else 'too few'
        end as verdict

    from bounded

),

-- At the pace of the last seven days. What counted in a calendar window stays in it.
paced as (

    select
        judged.*,
        case
            when judged.calendar_window is null then running_out.days_left
            else judged.left_cases / nullif(judged.bad_count_7d, 0) * 7
        end as days_left

    from judged
    left join running_out
        on judged.slo_id = running_out.slo_id

),

-- A century at the most.
dated as (

    select
        *,
        {{ offpath.add_seconds(offpath.as_of(), "least(days_left, 36500) * 86400") }}
            as out_at

    from paced

),

error_budgets as (

    select
        slo_id,
        journey,
        indicator,
        owner_role,
        target,
        cast(window_days as integer) as window_days,
        calendar_window,
        window_started_at,
        window_ended_at,
        case when calendar_window is null then 'observed' else 'projected' end as basis,
        cast(valid_count as bigint) as valid_count,
        cast(good_count as bigint) as good_count,
        cast(bad_count as bigint) as bad_count,
        cast(pending_count as bigint) as pending_count,
        cast(excluded_count as bigint) as excluded_count,
        cast(good_count as double) / nullif(valid_count, 0) as sli,
        cast(1 - allowed_count / nullif(valid_count, 0) as double) as effective_target,
        cast(budget_cases as double) as budget_cases,
        cast(left_cases as double) as left_cases,
        cast(left_cases / nullif(budget_cases, 0) as double) as remaining_share,
        coalesce(left_cases < 0 and bad_count > 1, false) as is_spent,
        burn_rate_1d,
        burn_rate_3d,
        burn_rate_7d,
        burn_rate_28d,
        case
            when
                left_cases >= 0
                and days_left is not null
                and (calendar_window is null or out_at < window_ended_at)
                then out_at
        end as exhausted_at,
        cast(bad_share_lower as double) as bad_share_lower,
        cast(bad_share_upper as double) as bad_share_upper,
        verdict,
        cast(
            case
                when verdict = 'too few'
                    then greatest(valid_count_to_meet - valid_count, 1)
            end as bigint
        ) as cases_to_verdict

    from dated

)

select * from error_budgets
