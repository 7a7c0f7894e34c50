with

budget_windows as (

    select * from {{ ref("int_budget_windows") }}

),

budget_counts as (

    select * from {{ ref("int_budget_counts") }}

),

budget_days as (

    select * from {{ ref("int_budget_days") }}

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

days_squared as (

    select
        slo_id,
        sum(valid_count * valid_count) as valid_squares,
        sum(valid_count * bad_count) as products,
        sum(bad_count * bad_count) as bad_squares

    from budget_days
    group by slo_id

),

-- The usual inflow is that of the window; while a calendar window runs, of the last 28
-- days. Of a younger objective it is that since its first case, for a day at least.
counted as (

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
        coalesce(days_squared.valid_squares, 0) as valid_squares,
        coalesce(days_squared.products, 0) as products,
        coalesce(days_squared.bad_squares, 0) as bad_squares,
        case
            when budget_windows.calendar_window is null then budget_counts.valid_count
            else budget_counts.valid_count_28d
        end as inflow_count,
        greatest(
            least(
                {{ offpath.seconds_between(
                    "budget_counts.first_counted_at", offpath.as_of()
                ) }},
                case
                    when budget_windows.calendar_window is null
                        then budget_windows.window_days
                    else 28
                end
                * 86400
            ),
            86400.0e0
        ) as inflow_seconds

    from budget_windows
    inner join budget_counts
        on budget_windows.slo_id = budget_counts.slo_id
    left join days_squared
        on budget_windows.slo_id = days_squared.slo_id

),

-- What is still to come of a calendar window comes as it usually does.
expected as (

    select
        *,
        case
            when calendar_window is null then 0
            else
                coalesce(
                    inflow_count
                    * {{ offpath.seconds_between(offpath.as_of(), "window_ended_at") }}
                    / inflow_seconds,
                    0
                )
        end as expected_count

    from counted

),

judged as (

    {{ offpath.with_verdict("expected") }}

),

budgeted as (

    select
        *,
        allowed_count + error_share * expected_count as budget_cases,
        {{ offpath.without_noise(
            "allowed_count + error_share * expected_count - bad_count"
        ) }} as left_cases

    from judged

),

-- At the pace of the last seven days. What counted in a calendar window stays in it.
paced as (

    select
        budgeted.*,
        case
            when budgeted.calendar_window is null then running_out.days_left
            else budgeted.left_cases / nullif(budgeted.bad_count_7d, 0) * 7
        end as days_left

    from budgeted
    left join running_out
        on budgeted.slo_id = running_out.slo_id

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
        cast(
            case
                when {{ offpath.without_noise("budget_cases") }} >= 1
                    then left_cases / budget_cases
            end as double
        ) as remaining_share,
        cast(
            budget_cases * inflow_seconds / nullif(inflow_count, 0) / 3600 as double
        ) as budget_equivalent_hours,
        cast(left_cases * inflow_seconds / nullif(inflow_count, 0) / 3600 as double)
            as left_equivalent_hours,
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
        cast(effective_count as double) as effective_count,
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
