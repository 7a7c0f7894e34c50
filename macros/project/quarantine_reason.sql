{#-
    The first thing wrong with a raw row of `relation`, for the quarantine: a column that
    could not be read, no time of landing, no journey or one that seed `journeys` (joined
    as `journeys`) does not define, or one of the `required` columns missing; null where
    nothing is.
-#}
{% macro quarantine_reason(relation, required) -%}
    case
        when {{ relation }}.unreadable is not null
            then 'unreadable: ' || {{ relation }}.unreadable
        when {{ relation }}.loaded_at is null then 'loaded_at is missing'
        when {{ relation }}.journey is null then 'journey is missing'
        when journeys.journey is null
            then 'journey is not defined: ' || {{ relation }}.journey
        {%- for column in required %}
        when {{ relation }}.{{ column }} is null then '{{ column }} is missing'
        {%- endfor %}
    end
{%- endmacro %}
