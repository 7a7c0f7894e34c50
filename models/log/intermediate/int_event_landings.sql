with

landings as (

    {{ offpath.landings_of("event") }}

)

select * from landings
