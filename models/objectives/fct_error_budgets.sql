{% set burn_days = [1, 3, 7, 28] %}

with

slos as (

    select * from {{ ref("slos") }}

),

slo_targets as (

    select * from {{ ref("int_slo_targets") }}

),

journey_timezones as (

    select * from {{ ref("int_journey_timezones") }}

),

sli_cases as (

    select * from {{ ref("fct_sli_cases") }}

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

-- A target that is to hold from a later instant on is in the seed already.
local_clocks as (

    select
        slos.*,
        slo_targets.target as target_in_force,
        journey_timezones.timezone,
        {%- for unit in ["week", "month"] %}
        date_trunc(
            '{{ unit }}',
            {{ offpath.utc_to_local(offpath.as_of(), "journey_timezones.timezone") }}
        ) as local_{{ unit }}
        {{- "," if not loop.last }}
        {%- endfor %}

    from slos
    inner join slo_targets
        on
            slos.slo_id = slo_targets.slo_id
            and {{ offpath.is_in_force("slo_targets", offpath.as_of()) }}
    left join journey_timezones
        on slos.journey = journey_timezones.journey

),

windows as (

    select
        slo_id,
        journey,
        indicator,
        owner_role,
        cast(target_in_force as double) as target,
        cast(1 - target_in_force as double) as error_share,
        window_days,
        calendar_window,
        case
            {%- for unit in ["week", "month"] %}
            when calendar_window = '{{ unit }}'
                then {{ offpath.local_to_utc("local_" ~ unit, "timezone") }}
            {%- endfor %}
            else {{ offpath.add_seconds(offpath.as_of(), "-86400 * window_days") }}
        end as window_started_at,
        case
            {%- for unit in ["week", "month"] %}
            when calendar_window = '{{ unit }}'
                then
                    {{ offpath.local_to_utc(
                        dbt.dateadd(unit, 1, "local_" ~ unit), "timezone"
                    ) }}
            {%- endfor %}
            else {{ offpath.as_of() }}
        end as window_ended_at

    from local_clocks

),

targets as (

    select
        windows.*,
        slo_targets.after_at,
        slo_targets.until_at,
        cast(1 - slo_targets.target as double) as error_share_then

    from windows
    inner join slo_targets
        on windows.slo_id = slo_targets.slo_id

),

counted_by_target as (

    select
        targets.slo_id,
        targets.error_share_then,
        {%- for name, verdicts in {
            "valid": "'good', 'bad'", "good": "'good'", "excluded": "'excluded'"
        }.items() %}
        sum(
            case
                when
                    sli_cases.verdict in ({{ verdicts }})
                    and sli_cases.counted_at <= {{ offpath.as_of() }}
                    and {{ offpath.is_in_window("sli_cases", "targets") }}
                    then 1
                else 0
            end
        ) as {{ name }}_count,
        {%- endfor %}
        sum(case when sli_cases.verdict = 'pending' then 1 else 0 end)
            as pending_count,
        min(case when sli_cases.verdict in ('good', 'bad') then sli_cases.counted_at end)
            as first_counted_at
        {%- for days in burn_days %},
        {%- set since = offpath.add_seconds(offpath.as_of(), days * -86400) %}
        sum(
            case
                when
                    sli_cases.verdict in ('good', 'bad')
                    and sli_cases.counted_at > {{ since }}
                    then 1
                else 0
            end
        ) as valid_count_{{ days }}d,
        sum(
            case
                when sli_cases.verdict = 'bad' and sli_cases.counted_at > {{ since }}
                    then 1
                else 0
            end
        ) as bad_count_{{ days }}d
        {%- endfor %}

    from targets
    left join sli_cases
        on
            targets.slo_id = sli_cases.slo_id
            and coalesce(
                {{ offpath.is_in_force("targets", "sli_cases.counted_at") }},
                {{ offpath.is_in_force("targets", offpath.as_of()) }}
            )
    group by targets.slo_id, targets.error_share_then

),

counted as (

    select
        slo_id,
        sum(valid_count) as valid_count,
        sum(good_count) as good_count,
        sum(valid_count) - sum(good_count) as bad_count,
        sum(excluded_count) as excluded_count,
        sum(pending_count) as pending_count,
        sum(error_share_then * valid_count) as allowed_count,
        min(first_counted_at) as first_counted_at
        {%- for days in burn_days %},
        sum(valid_count_{{ days }}d) as valid_count_{{ days }}d,
        sum(bad_count_{{ days }}d) as bad_count_{{ days }}d,
        sum(error_share_then * valid_count_{{ days }}d) as allowed_count_{{ days }}d
        {%- endfor %}

    from counted_by_target
    group by slo_id

),

-- What is still to come of a calendar window comes as fast as in the last 28 days.
expected as (

    select
        windows.*,
        counted.valid_count,
        counted.good_count,
        counted.bad_count,
        counted.excluded_count,
        counted.pending_count,
        {%- for days in burn_days %}
        counted.valid_count_{{ days }}d,
        counted.bad_count_{{ days }}d,
        counted.allowed_count_{{ days }}d,
        {%- endfor %}
        counted.allowed_count,
        coalesce(
            counted.allowed_count / nullif(counted.valid_count, 0), windows.error_share
        ) as allowed_share,
        case
            when windows.calendar_window is null then 0
            else
                coalesce(
                    counted.valid_count_28d
                    * {{ offpath.seconds_between(
                        offpath.as_of(), "windows.window_ended_at"
                    ) }}
                    / greatest(
                        least(
                            {{ offpath.seconds_between(
                                "counted.first_counted_at", offpath.as_of()
                            ) }},
                            28 * 86400
                        ),
                        86400.0
                    ),
                    0
                )
        end as expected_count

    from windows
    inner join counted
        on windows.slo_id = counted.slo_id

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
        {% for days in burn_days -%}
        cast(bad_count_{{ days }}d as double)
        / nullif(allowed_count_{{ days }}d, 0) as burn_rate_{{ days }}d,
        {% endfor -%}
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
