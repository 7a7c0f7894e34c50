{{ config(materialized="view") }}

{% set burn_days = [1, 3, 7, 28] %}

with

budget_windows as (

    select * from {{ ref("int_budget_windows") }}

),

slo_targets as (

    select * from {{ ref("int_slo_targets") }}

),

sli_cases as (

    select * from {{ ref("fct_sli_cases") }}

),

targets as (

    select
        budget_windows.slo_id,
        budget_windows.calendar_window,
        budget_windows.window_started_at,
        slo_targets.after_at,
        slo_targets.until_at,
        cast(1 - slo_targets.target as double) as error_share_then

    from budget_windows
    inner join slo_targets
        on budget_windows.slo_id = slo_targets.slo_id

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
                    and {{ offpath.is_since_window_start("sli_cases", "targets") }}
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

budget_counts as (

    select
        slo_id,
        valid_count,
        good_count,
        bad_count,
        excluded_count,
        pending_count,
        allowed_count,
        first_counted_at,
        bad_count_7d,
        valid_count_28d
        {%- for days in burn_days %},
        cast(bad_count_{{ days }}d as double)
        / nullif(allowed_count_{{ days }}d, 0) as burn_rate_{{ days }}d
        {%- endfor %}

    from counted

)

select * from budget_counts
