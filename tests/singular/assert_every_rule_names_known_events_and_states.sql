{% set known_as = {"event": "event_name", "state": "enters_state"} %}

with

rules as (

    select * from {{ ref("exception_rules") }}

),

journey_events as (

    select * from {{ ref("journey_events") }}

),

named as (

    {% for kind, column in known_as.items() %}
    {% set is_last_kind = loop.last %}
    {% for seed, field in offpath.family_parameters(kind) %}
    select
        '{{ seed }}' as seed,
        '{{ field }}' as field,
        '{{ column }}' as known_as,
        parameters.rule_id,
        rules.journey,
        parameters.{{ field }} as named_value

    from {{ ref(seed) }} as parameters
    inner join rules
        on parameters.rule_id = rules.rule_id
    {{ "union all" if not (is_last_kind and loop.last) }}
    {% endfor %}
    {% endfor %}

),

violations as (

    select
        'seed ' || named.seed || ', row ' || named.rule_id || ': ' || named.field
        || ' ''' || named.named_value || ''' is no ' || named.known_as
        || ' of journey ' || named.journey || ' in journey_events' as message

    from named
    left join journey_events
        on
            named.journey = journey_events.journey
            and named.named_value
            = case named.known_as
                when 'enters_state' then journey_events.enters_state
                else journey_events.event_name
            end
    where named.named_value is not null and journey_events.journey is null

)

{{ offpath.named_violations("violations") }}
