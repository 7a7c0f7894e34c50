with

landings as (

    {{ offpath.landings_of("promise") }}

)

select * from landings
