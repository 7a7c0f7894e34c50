{{ config(materialized="view") }}

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

budget_windows as (

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

)

select * from budget_windows
