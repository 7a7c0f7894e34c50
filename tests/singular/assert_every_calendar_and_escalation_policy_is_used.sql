-- Both are several rows of one name: one that is misspelt makes another, and takes a day
-- or a step away from the one that was meant.
{% set uses = {
    "calendars": ("calendar", [
        ("journeys", "calendar"),
        ("owner_roles", "calendar"),
        ("slos", "calendar"),
    ] + offpath.family_parameters("calendar")),
    "escalation_policies": ("policy", [("exception_rules", "escalation_policy")]),
} %}

with

unused as (

    {% for seed, (name, users) in uses.items() %}
    select distinct
        'seed {{ seed }}, row ' || {{ name }} || ': {{ name }} ''' || {{ name }}
        || ''' is in no row of {{ users | map("first") | join(", ") }}' as message

    from {{ ref(seed) }}
    where
        {{ name }} not in (
            {% for user, column in users %}
            select {{ column }}
            from {{ ref(user) }}
            where {{ column }} is not null
            {{ "union all" if not loop.last }}
            {% endfor %}
        )
    {{ "union all" if not loop.last }}
    {% endfor %}

)

{{ offpath.named_violations("unused") }}
