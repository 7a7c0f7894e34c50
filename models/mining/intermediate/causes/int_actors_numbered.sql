with

actors as (

    select distinct
        journey,
        actor

    from {{ ref("fct_case_events") }}
    where actor is not null

),

actors_numbered as (

    select
        journey,
        actor,
        row_number() over (order by journey, actor) as actor_number

    from actors

)

select * from actors_numbered
