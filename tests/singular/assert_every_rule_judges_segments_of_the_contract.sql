-- A misspelt segment would be null of every event, and no rule would ever fire.
{% set columns = offpath.contract_columns("event", "segment") %}

with

rules as (

    select * from {{ ref("exception_rules") }}

),

journey_attributes as (

    select * from {{ ref("journey_attributes") }}

),

segmented as (

    {% for seed, column in offpath.family_parameters("segment") %}
    select
        '{{ seed }}' as seed,
        rule_id,
        '{{ column }}' as field,
        {{ column }} as segment_by

    from {{ ref(seed) }}
    where {{ column }} is not null
    {{ "union all" if not loop.last }}
    {% endfor %}

),

violations as (

    select
        'seed ' || segmented.seed || ', row ' || segmented.rule_id || ': '
        || segmented.field || ' ''' || segmented.segment_by || ''' is not one of '
        || '{{ columns | join(", ") }}, nor attributes.<key> of a key in '
        || 'journey_attributes of journey ' || coalesce(rules.journey, '(none)')
            as message

    from segmented
    left join rules
        on segmented.rule_id = rules.rule_id
    left join journey_attributes
        on
            rules.journey = journey_attributes.journey
            and segmented.segment_by = 'attributes.' || journey_attributes.attribute
    where
        journey_attributes.attribute is null
        and segmented.segment_by not in ('{{ columns | join("', '") }}')

)

{{ offpath.named_violations("violations") }}
