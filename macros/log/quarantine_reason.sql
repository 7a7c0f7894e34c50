{#-
    The first thing wrong with a raw row of `relation`, for the quarantine: a column
    that could not be read, no time of landing, no journey or one that seed `journeys`
    (joined as `journeys`) does not define, a required column of its kind missing, or
    a time before `earliest_occurred_at`; null where nothing is.
-#}
{% macro quarantine_reason(relation, kind) -%}
    {%- set earliest = var("earliest_occurred_at") -%}
    case
        when {{ relation }}.unreadable is not null
            then 'unreadable: ' || {{ relation }}.unreadable
        when {{ relation }}.loaded_at is null then 'loaded_at is missing'
        when {{ relation }}.journey is null then 'journey is missing'
        when journeys.journey is null
            then 'journey is not defined: ' || {{ relation }}.journey
        {%- for column in offpath.contract_columns(kind, "required")
            | reject("in", ["journey", "loaded_at"]) | sort %}
        when {{ relation }}.{{ column }} is null then '{{ column }} is missing'
        {%- endfor %}
        {%- for column in offpath.contract_columns(kind, "content")
            if offpath.contract(kind)[column].type == "timestamp" %}
        when
            {{ relation }}.{{ column }}
            < {{ offpath.instant_literal("earliest_occurred_at", earliest) }}
            then '{{ column }} is before {{ earliest }}'
        {%- endfor %}
    end
{%- endmacro %}
