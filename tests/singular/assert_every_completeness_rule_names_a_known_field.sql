-- A misspelt field would never be there.
{% set fields = offpath.contract_columns("event", "gate")
    + offpath.contract_columns("case", "gate") %}

with

rules as (

    select
        exception_rules.rule_id,
        exception_rules.journey,
        completeness_rules.field

    from {{ ref("exception_rules") }} as exception_rules
    inner join {{ ref("completeness_rules") }} as completeness_rules
        on exception_rules.rule_id = completeness_rules.rule_id
    where exception_rules.stage <> 'retired'

),

unknown as (

    select
        'seed completeness_rules, row ' || rules.rule_id || ': field '''
        || rules.field || ''' is not one of '
        || '{{ fields | join(", ") }}'
        || ', nor attributes.<key> of a key in journey_attributes of journey '''
        || rules.journey || '''' as message

    from rules
    left join {{ ref("journey_attributes") }} as journey_attributes
        on
            rules.journey = journey_attributes.journey
            and rules.field = 'attributes.' || journey_attributes.attribute
    where
        journey_attributes.attribute is null
        and rules.field not in (
            '{{ fields | join("', '") }}'
        )

)

{{ offpath.named_violations("unknown") }}
