with

sli_daily as (

    select
        *,
        valid_count * valid_count as valid_squares,
        valid_count * bad_count as products,
        bad_count * bad_count as bad_squares

    from {{ ref("fct_sli_daily") }}

),

slos as (

    select * from {{ ref("slos") }}

),

{% set columns = [
    "valid_count",
    "bad_count",
    "excluded_count",
    "allowed_count",
    "valid_squares",
    "products",
    "bad_squares",
] -%}
summed as (

    select
        sli_daily.slo_id,
        sli_daily.journey,
        sli_daily.counted_date,
        sli_daily.target,
        slos.window_days,
        slos.calendar_window,
        row_number() over so_far as day_number,
        {%- for column in columns %}
        sum(sli_daily.{{ column }}) over so_far as {{ column }}
        {{- "," if not loop.last }}
        {%- endfor %}

    from sli_daily
    inner join slos
        on sli_daily.slo_id = slos.slo_id

    window so_far as (
        partition by sli_daily.slo_id
        order by sli_daily.counted_date
        rows between unbounded preceding and current row
    )

),

-- The window of a day: the day before it begins, and how many days it has left.
windows as (

    select
        *,
        case calendar_window
            {%- for unit in ["week", "month"] %}
            when '{{ unit }}'
                then
                    day_number - {{ dbt.datediff(
                        "date_trunc('" ~ unit ~ "', counted_date)", "counted_date", "day"
                    ) }} - 1
            {%- endfor %}
            else day_number - window_days
        end as day_before,
        case calendar_window
            {%- for unit in ["week", "month"] %}
            when '{{ unit }}'
                then
                    {{ dbt.datediff(
                        "counted_date",
                        dbt.dateadd(unit, 1, "date_trunc('" ~ unit ~ "', counted_date)"),
                        "day",
                    ) }} - 1
            {%- endfor %}
            else 0
        end as days_left

    from summed

),

counted as (

    select
        windows.slo_id,
        windows.journey,
        windows.counted_date,
        windows.target,
        1 - windows.target as error_share,
        windows.window_days,
        windows.calendar_window,
        windows.days_left,
        {%- for column in columns %}
        windows.{{ column }} - coalesce(before_window.{{ column }}, 0) as {{ column }},
        {%- endfor %}
        cast(windows.valid_count - coalesce(month_ago.valid_count, 0) as double)
        / least(windows.day_number, 28) as valid_a_day

    from windows
    left join summed as before_window
        on
            windows.slo_id = before_window.slo_id
            and windows.day_before = before_window.day_number
    left join summed as month_ago
        on
            windows.slo_id = month_ago.slo_id
            and windows.day_number - 28 = month_ago.day_number

),

judged as (

    {{ offpath.with_verdict("counted") }}

),

budgeted as (

    select
        *,
        allowed_count + error_share * valid_a_day * days_left as budget_cases

    from judged

),

error_budget_history as (

    select
        slo_id,
        journey,
        counted_date,
        cast(window_days as integer) as window_days,
        calendar_window,
        cast(target as double) as target,
        cast(valid_count as bigint) as valid_count,
        cast(bad_count as bigint) as bad_count,
        cast(excluded_count as bigint) as excluded_count,
        cast(valid_count - bad_count as double) / nullif(valid_count, 0) as sli,
        cast(budget_cases as double) as budget_cases,
        cast(budget_cases - bad_count as double) as left_cases,
        cast(
            case
                when {{ offpath.without_noise("budget_cases") }} >= 1
                    then (budget_cases - bad_count) / budget_cases
            end as double
        ) as remaining_share,
        cast(effective_count as double) as effective_count,
        cast(bad_share_lower as double) as bad_share_lower,
        cast(bad_share_upper as double) as bad_share_upper,
        verdict

    from budgeted

)

select * from error_budget_history
