with

slo_tiers as (

    select * from {{ ref("int_slo_tiers") }}

),

slo_hours as (

    select * from {{ ref("int_slo_hours") }}

),

silent_hours as (

    select * from {{ ref("int_silent_hours") }}

),

windows as (

    {% for hours in ["long_hours", "short_hours", "window_hours"] %}
    select
        slo_id,
        journey,
        {{ hours }} as window_hours

    from slo_tiers
    {{ "union" if not loop.last }}
    {% endfor %}

),

spans as (

    select
        slo_id,
        min(counted_hour) as first_hour,
        date_trunc('hour', {{ offpath.as_of() }}) as last_hour

    from slo_hours
    group by slo_id

),

cases as (

    select
        windows.slo_id,
        windows.window_hours,
        slo_hours.counted_hour,
        {{ offpath.add_seconds(
            "slo_hours.counted_hour", "windows.window_hours * 3600"
        ) }} as left_hour,
        slo_hours.bad_hour,
        slo_hours.case_count,
        slo_hours.allowed_count

    from windows
    inner join slo_hours
        on windows.slo_id = slo_hours.slo_id

),

silences as (

    select
        windows.slo_id,
        windows.window_hours,
        silent_hours.silent_hour,
        {{ offpath.add_seconds(
            "silent_hours.silent_hour", "windows.window_hours * 3600"
        ) }} as left_hour

    from windows
    inner join spans
        on windows.slo_id = spans.slo_id
    inner join silent_hours
        on
            windows.journey = silent_hours.journey
            and spans.first_hour <= silent_hours.silent_hour

),

-- What enters a window and leaves it. A case that turns bad after it has left never was.
changes as (

    {% for hour, relation, condition, valid, bad, allowed, silent in [
        ("counted_hour", "cases", "true", "case_count", "0", "allowed_count", "0"),
        ("bad_hour", "cases", "bad_hour < left_hour", "0", "case_count", "0", "0"),
        ("left_hour", "cases", "true", "-case_count", "0", "-allowed_count", "0"),
        ("left_hour", "cases", "bad_hour < left_hour", "0", "-case_count", "0", "0"),
        ("silent_hour", "silences", "true", "0", "0", "0", "1"),
        ("left_hour", "silences", "true", "0", "0", "0", "-1"),
    ] %}
    select
        slo_id,
        window_hours,
        {{ hour }} as judged_at,
        {{ valid }} as valid_count,
        {{ bad }} as bad_count,
        {{ allowed }} as allowed_count,
        {{ silent }} as silent_count

    from {{ relation }}
    where {{ condition }}
    {{ "union all" if not loop.last }}
    {% endfor %}

),

changed as (

    select
        slo_id,
        window_hours,
        judged_at,
        sum(valid_count) as valid_count,
        sum(bad_count) as bad_count,
        sum(allowed_count) as allowed_count,
        sum(silent_count) as silent_count

    from changes
    group by slo_id, window_hours, judged_at

),

hours as (

    select
        slo_id,
        first_hour,
        {{ offpath.unnested_timestamps("first_hour", "last_hour", 3600) }} as judged_at

    from spans

),

rolled as (

    select
        windows.slo_id,
        windows.window_hours,
        hours.judged_at,
        hours.first_hour,
        {%- for column in ["valid_count", "bad_count", "allowed_count", "silent_count"] %}
        coalesce(sum(changed.{{ column }}) over so_far, 0) as {{ column }}
        {{- "," if not loop.last }}
        {%- endfor %}

    from windows
    inner join hours
        on windows.slo_id = hours.slo_id
    left join changed
        on
            windows.slo_id = changed.slo_id
            and windows.window_hours = changed.window_hours
            and hours.judged_at = changed.judged_at

    window so_far as (
        partition by windows.slo_id, windows.window_hours
        order by hours.judged_at
        rows between unbounded preceding and current row
    )

),

measured as (

    select
        slo_tiers.*,
        whole.judged_at,
        whole.valid_count,
        whole.bad_count,
        whole.allowed_count / nullif(whole.valid_count, 0) as allowed_share,
        -- A series that is younger than the window has a budget as if it were not.
        whole.allowed_count * greatest(
            1,
            slo_tiers.window_hours * 3600.0e0 / greatest(
                {{ offpath.seconds_between("whole.first_hour", "whole.judged_at") }},
                86400
            )
        ) as budget_cases,
        {%- for name in ["long", "short"] %}
        in_{{ name }}.valid_count as {{ name }}_valid_count,
        in_{{ name }}.bad_count as {{ name }}_bad_count,
        {%- endfor %}
        1 - cast(in_long.silent_count as double) / slo_tiers.long_hours as coverage

    from slo_tiers
    inner join rolled as whole
        on
            slo_tiers.slo_id = whole.slo_id
            and slo_tiers.window_hours = whole.window_hours
    {% for name in ["long", "short"] %}
    inner join rolled as in_{{ name }}
        on
            slo_tiers.slo_id = in_{{ name }}.slo_id
            and slo_tiers.{{ name }}_hours = in_{{ name }}.window_hours
            and whole.judged_at = in_{{ name }}.judged_at
    {% endfor %}

),

compared as (

    select
        measured.*,
        {%- for name in ["long", "short"] %}
        cast(measured.{{ name }}_bad_count as double)
        / nullif(measured.budget_cases, 0)
        * measured.window_hours
        / measured.{{ name }}_hours as {{ name }}_burn_rate,
        {%- endfor %}
        {{ offpath.wilson_lower(
            "measured.long_bad_count", "measured.long_valid_count", var("burn_z")
        ) }} as long_bad_share_lower,
        silent_hours.silent_hour is not null as is_silent

    from measured
    left join silent_hours
        on
            measured.journey = silent_hours.journey
            and measured.judged_at = silent_hours.silent_hour

),

judged as (

    select
        *,
        is_silent or coverage < {{ var("coverage_floor") }} as is_frozen,
        coalesce(long_burn_rate > burn_threshold, false) as is_long_over,
        coalesce(
            long_bad_count >= 2
            and long_burn_rate > burn_threshold
            and short_burn_rate > burn_threshold
            and long_bad_share_lower > burn_threshold * allowed_share,
            false
        ) as is_over

    from compared

),

-- A spell begins with an hour that finds the long window slow enough. One in which no
-- case has counted is not judged: it is neither.
spelled as (

    select
        *,
        sum(
            case when is_long_over or is_frozen or long_valid_count = 0 then 0 else 1 end
        ) over (
            partition by slo_id, tier
            order by judged_at
            rows between unbounded preceding and current row
        ) as spell

    from judged

),

fired as (

    select
        *,
        max(case when is_over and not is_frozen then 1 else 0 end) over (
            partition by slo_id, tier, spell
            order by judged_at
            rows between unbounded preceding and current row
        ) = 1 as is_firing

    from spelled

),

burn_rate_history as (

    select
        slo_id,
        journey,
        tier,
        lifts_to,
        long_hours,
        short_hours,
        cast(window_hours as integer) as window_hours,
        cast(budget_share as double) as budget_share,
        cast(burn_threshold as double) as burn_threshold,
        judged_at,
        {%- for name in ["long", "short"] %}
        cast({{ name }}_valid_count as bigint) as {{ name }}_valid_count,
        cast({{ name }}_bad_count as bigint) as {{ name }}_bad_count,
        cast({{ name }}_burn_rate as double) as {{ name }}_burn_rate,
        {%- endfor %}
        cast(valid_count as bigint) as valid_count,
        cast(bad_count as bigint) as bad_count,
        cast(allowed_share as double) as allowed_share,
        cast(budget_cases as double) as budget_cases,
        cast(long_bad_share_lower as double) as long_bad_share_lower,
        cast(coverage as double) as coverage,
        is_silent,
        is_frozen,
        is_long_over,
        is_over,
        cast(spell as bigint) as spell,
        is_firing

    from fired

)

select * from burn_rate_history
