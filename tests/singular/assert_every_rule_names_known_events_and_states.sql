{% set names = [
    ("latency_rules", "state", "enters_state"),
    ("quality_rules", "defect_event", "event_name"),
    ("quality_rules", "opportunity_event", "event_name"),
    ("conformance_rules", "activation_event", "event_name"),
    ("conformance_rules", "target_event", "event_name"),
    ("volume_rules", "event_name", "event_name"),
] %}

with

rules as (

    select * from {{ ref("exception_rules") }}

),

journey_events as (

    select * from {{ ref("journey_events") }}

),

named as (

    {% for seed, field, known_as in names %}
    select
        '{{ seed }}' as seed,
        '{{ field }}' as field,
        '{{ known_as }}' as known_as,
        parameters.rule_id,
        rules.journey,
        parameters.{{ field }} as named_value

    from {{ ref(seed) }} as parameters
    inner join rules
        on parameters.rule_id = rules.rule_id
    {{ "union all" if not loop.last }}
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
