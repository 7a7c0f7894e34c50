with

owner_roles as (

    select * from {{ ref("owner_roles") }}

),

openings as (

    select * from {{ ref("int_calendar_openings") }}

),

span as (

    select
        {{ offpath.add_seconds(offpath.as_of(), -86400) }} as starts_at,
        {{ offpath.add_seconds(offpath.as_of(), 14 * 86400) }} as ends_at

),

owner_duty as (

    select
        owner_roles.owner_role,
        greatest(openings.opened_at, span.starts_at) as starts_at,
        least(openings.closed_at, span.ends_at) as ends_at

    from owner_roles
    inner join openings
        on owner_roles.calendar = openings.calendar
    inner join span
        on
            openings.opened_at < span.ends_at
            and openings.closed_at > span.starts_at

)

select * from owner_duty
