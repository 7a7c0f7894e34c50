with

owner_roles as (

    select * from {{ ref("owner_roles") }}

),

calendars as (

    select * from {{ ref("calendars") }}

),

timezones as (

    select
        calendar,
        min(timezone) as timezone

    from calendars
    group by calendar

),

roles as (

    select
        owner_roles.owner_role,
        owner_roles.title,
        owner_roles.calendar,
        coalesce(timezones.timezone, 'UTC') as timezone,
        cast(owner_roles.attention_budget_per_day as integer) as attention_budget_per_day

    from owner_roles
    left join timezones
        on owner_roles.calendar = timezones.calendar

)

select * from roles
