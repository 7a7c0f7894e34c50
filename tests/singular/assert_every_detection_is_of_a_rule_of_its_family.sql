-- What no rule of the family has raised would be left out of the exceptions in silence.
with

rules as (

    select * from {{ ref("exception_rules") }}

),

detected as (

    {% for name, family in offpath.exception_families().items() %}
    {% set is_last_family = loop.last %}
    {% for model in family.models %}
    select distinct
        '{{ name }}' as family,
        '{{ model }}' as model,
        rule_id,
        journey,
        subject_type

    from {{ ref(model) if family.parameters else ref(project_name, model) }}
    {{ "union all" if not (is_last_family and loop.last) }}
    {% endfor %}
    {% endfor %}

),

violations as (

    select
        'model ' || detected.model || ': rule_id ''' || detected.rule_id
        || ''' is no rule of family ' || detected.family || ' and journey '
        || detected.journey || ' in exception_rules' as message

    from detected
    left join rules
        on
            detected.rule_id = rules.rule_id
            and detected.family = rules.family
            and detected.journey = rules.journey
    where rules.rule_id is null
    union all
    select
        'model ' || model || ': subject_type ''' || subject_type || ''' of rule '
        || rule_id || ' is not one of case, segment, journey' as message

    from detected
    where subject_type not in ('case', 'segment', 'journey')

)

{{ offpath.named_violations("violations") }}
