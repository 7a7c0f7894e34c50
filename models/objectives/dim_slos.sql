{#- A seed of the root project may lack the title. -#}
{% set found = [] %}
{% if execute and ref("slos") is not string %}
{% for column in adapter.get_columns_in_relation(ref("slos")) %}
{% do found.append(column.name | lower) %}
{% endfor %}
{% endif %}
with

slos as (

    select * from {{ ref("slos") }}

),

slo_targets as (

    select * from {{ ref("int_slo_targets") }} as targets
    where {{ offpath.is_in_force("targets", offpath.as_of()) }}

),

thresholds as (

    select * from {{ ref("int_slo_thresholds") }}
    where
        valid_from <= {{ offpath.as_of() }}
        and valid_until > {{ offpath.as_of() }}

),

slo_pauses as (

    select * from {{ ref("slo_pauses") }}
    where coalesce(valid_from <= {{ offpath.as_of() }}, true)

),

slo_steps as (

    select * from {{ ref("slo_steps") }}

),

owner_roles as (

    select * from {{ ref("owner_roles") }}

),

thresholds_told as (

    select
        slo_id,
        {{ offpath.ordered_list("told", "replace(severity, '*', '~')", "; ") }}
            as thresholds

    from (
        select
            slo_id,
            severity,
            case
                when severity <> '*' then severity || ': '
                when count(*) over (partition by slo_id) > 1 then 'any other: '
                else ''
            end
            || case
                when threshold_minutes >= 120 and mod(threshold_minutes, 60) = 0
                    then
                        cast(
                            cast(floor(threshold_minutes / 60) as bigint)
                            as {{ dbt.type_string() }}
                        )
                        || ' hours'
                else
                    cast(threshold_minutes as {{ dbt.type_string() }}) || ' minutes'
            end as told

        from thresholds
    ) as each_threshold
    group by slo_id

),

paused as (

    select
        slo_id,
        {{ offpath.ordered_list("state", "state") }} as paused_in

    from slo_pauses
    group by slo_id

),

steps as (

    select
        slo_id,
        {{ offpath.ordered_list("step_slo_id", "step_slo_id") }} as steps

    from slo_steps
    group by slo_id

),

slos_described as (

    select
        slos.slo_id,
        {% if found and "title" not in found -%}
        cast(null as {{ dbt.type_string() }}) as title,
        {%- else -%}
        slos.title,
        {%- endif %}
        slos.journey,
        slos.indicator,
        slos.from_event,
        slos.to_event,
        slos.promise,
        steps.steps,
        thresholds_told.thresholds,
        slos.calendar,
        paused.paused_in,
        slos.when_ended,
        cast(slos.maturity_days as integer) as maturity_days,
        cast(slo_targets.target as double) as target,
        cast(slos.window_days as integer) as window_days,
        slos.calendar_window,
        slos.owner_role,
        owner_roles.title as owner_title,
        slos.defined_at

    from slos
    left join slo_targets
        on slos.slo_id = slo_targets.slo_id
    left join thresholds_told
        on slos.slo_id = thresholds_told.slo_id
    left join paused
        on slos.slo_id = paused.slo_id
    left join steps
        on slos.slo_id = steps.slo_id
    left join owner_roles
        on slos.owner_role = owner_roles.owner_role

)

select * from slos_described
