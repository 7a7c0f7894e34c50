{%- set quantiles = ["p10", "median", "p90"] -%}

with

targets_predicted as (

    select * from {{ ref("int_targets_predicted") }}
    where is_now

),

journeys as (

    select * from {{ ref("journeys") }}

),

calendar_hours as (

    select * from {{ ref("int_calendar_hours") }}

),

calendar_open_hours as (

    select * from {{ ref("int_calendar_open_hours") }}

),

counted as (

    select
        targets_predicted.*,
        journeys.calendar
        {%- for name in quantiles %},
        targets_predicted.{{ name }}_seconds / 60.0e0 as {{ name }}_minutes
        {%- endfor %}

    from targets_predicted
    inner join journeys
        on targets_predicted.journey = journeys.journey

),

{% for name in quantiles -%}
{{ name }}_dated as (

    {{ offpath.business_time_added(
        "counted" if loop.first else quantiles[loop.index0 - 1] ~ "_dated",
        "calendar_hours",
        "calendar_open_hours",
        "calendar",
        "predicted_at",
        name ~ "_minutes",
        name ~ "_at",
    ) }}

),

{% endfor -%}

predictions_dated as (

    select
        asked_number,
        journey,
        case_id,
        predicted_at,
        state,
        target,
        deadline_at,
        likeness_number,
        support_count,
        known_count,
        late_count,
        {%- for name in quantiles %}
        {{ name }}_seconds,
        {{ name }}_at,
        {%- endfor %}
        breach_probability,
        case
            when reason is null and median_seconds is not null and median_at is null
                then 'beyond the calendars'
            else reason
        end as reason

    from p90_dated

)

select * from predictions_dated
