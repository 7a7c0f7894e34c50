with

landings as (

    {{ offpath.landings_of("case") }}

)

select * from landings
