with

actions as (

    select * from {{ ref("stg_routing__actions") }}
    where acted_at <= {{ offpath.as_of() }}

),

numbered as (

    select
        *,
        row_number() over (
            partition by exception_id
            order by acted_at, action_number, action, actor, note, close_code
        ) as number_of_exception

    from actions

),

exception_actions as (

    select
        exception_id,
        cast(number_of_exception as integer) as action_number,
        action,
        actor,
        note,
        close_code,
        acted_at

    from numbered

)

select * from exception_actions
