{% set burn_days = [1, 3, 7, 28] %}

with

slos as (

    select * from {{ ref("slos") }}

),

sli_cases as (

    select * from {{ ref("fct_sli_cases") }}

),

windows as (

    select
        slos.slo_id,
        slos.journey,
        slos.indicator,
        slos.owner_role,
        cast(slos.target as double) as target,
        cast(1 - slos.target as double) as error_share,
        slos.window_days,
        {{ offpath.add_seconds(offpath.as_of(), "-86400 * slos.window_days") }}
            as window_started_at,
        {{ offpath.as_of() }} as window_ended_at

    from slos

),

counted as (

    select
        windows.slo_id,
        sum(
            case
                when
                    sli_cases.verdict in ('good', 'bad')
                    and sli_cases.counted_at > windows.window_started_at
                    then 1
                else 0
            end
        ) as valid_count,
        sum(
            case
                when
                    sli_cases.verdict = 'good'
                    and sli_cases.counted_at > windows.window_started_at
                    then 1
                else 0
            end
        ) as good_count,
        sum(
            case
                when
                    sli_cases.verdict = 'excluded'
                    and sli_cases.counted_at > windows.window_started_at
                    and sli_cases.counted_at <= windows.window_ended_at
                    then 1
                else 0
            end
        ) as excluded_count,
        sum(case when sli_cases.verdict = 'pending' then 1 else 0 end)
            as pending_count
        {% for days in burn_days -%}
        ,
        {% set since = offpath.add_seconds(offpath.as_of(), days * -86400) -%}
        sum(
            case
                when
                    sli_cases.verdict = 'bad' and sli_cases.counted_at > {{ since }}
                    then 1.0
                else 0
            end
        ) / nullif(
            sum(
                case
                    when
                        sli_cases.verdict in ('good', 'bad')
                        and sli_cases.counted_at > {{ since }}
                        then 1
                    else 0
                end
            ),
            0
        ) as bad_share_{{ days }}d
        {%- endfor %}

    from windows
    left join sli_cases
        on windows.slo_id = sli_cases.slo_id
    group by windows.slo_id

),

bounded as (

    select
        windows.slo_id,
        windows.journey,
        windows.indicator,
        windows.owner_role,
        windows.target,
        windows.window_days,
        windows.window_started_at,
        windows.window_ended_at,
        windows.error_share,
        counted.valid_count,
        counted.good_count,
        counted.valid_count - counted.good_count as bad_count,
        counted.pending_count,
        counted.excluded_count,
        windows.error_share * counted.valid_count as budget_cases,
        {% for days in burn_days -%}
        counted.bad_share_{{ days }}d / windows.error_share as burn_rate_{{ days }}d,
        {% endfor -%}
        {{ offpath.wilson_lower(
            "(counted.valid_count - counted.good_count)", "counted.valid_count"
        ) }} as bad_share_lower,
        {{ offpath.wilson_upper(
            "(counted.valid_count - counted.good_count)", "counted.valid_count"
        ) }} as bad_share_upper

    from windows
    inner join counted
        on windows.slo_id = counted.slo_id

),

error_budgets as (

    select
        slo_id,
        journey,
        indicator,
        owner_role,
        target,
        cast(window_days as integer) as window_days,
        window_started_at,
        window_ended_at,
        cast(valid_count as bigint) as valid_count,
        cast(good_count as bigint) as good_count,
        cast(bad_count as bigint) as bad_count,
        cast(pending_count as bigint) as pending_count,
        cast(excluded_count as bigint) as excluded_count,
        cast(good_count as double) / nullif(valid_count, 0) as sli,
        cast(budget_cases as double) as budget_cases,
        cast(budget_cases - bad_count as double) as left_cases,
        cast(1 - bad_count / nullif(budget_cases, 0) as double) as remaining_share,
        {% for days in burn_days -%}
        cast(burn_rate_{{ days }}d as double) as burn_rate_{{ days }}d,
        {% endfor -%}
        cast(bad_share_lower as double) as bad_share_lower,
        cast(bad_share_upper as double) as bad_share_upper,
        case
            when bad_share_upper <= error_share then 'met'
            when bad_share_lower > error_share then 'missed'
            else 'too few'
        end as verdict

    from bounded

)

select * from error_budgets
