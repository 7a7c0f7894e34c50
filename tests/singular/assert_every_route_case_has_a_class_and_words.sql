-- An exception of a case without a row would have no class, and a placeholder that is
-- misspelt would reach a person as it stands.
{% set cases = offpath.route_ladder().keys() %}

with

route_cases as (

    select * from {{ ref("route_cases") }}

),

ladder as (

    {% for route_case in cases %}
    select '{{ route_case }}' as route_case
    {{ "union all" if not loop.last }}
    {% endfor %}

),

violations as (

    select 'seed route_cases: no row of case ' || ladder.route_case as message

    from ladder
    left join route_cases
        on ladder.route_case = route_cases.route_case
    where route_cases.route_case is null
    union all
    select
        'seed route_cases, row ' || route_case || ': route_case ''' || route_case
        || ''' is not one of {{ cases | join(", ") }}' as message

    from route_cases
    where route_case not in ('{{ cases | join("', '") }}')
    union all
    select
        'seed route_cases, row ' || route_case || ': reason ''' || reason
        || ''' has a placeholder other than {slo_id}, {tier}, {amount}, {exclusion}' as message

    from route_cases
    where
        replace(
            replace(
                replace(replace(reason, '{slo_id}', ''), '{tier}', ''), '{amount}', ''
            ),
            '{exclusion}',
            ''
        )
        like '%' || '{' || '%'

)

{{ offpath.named_violations("violations") }}
