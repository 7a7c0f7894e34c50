with

build as (

    select
        {{ offpath.as_of() }} as as_of,
        -- Raised when a mart that the command line reads changes its shape.
        cast(1 as integer) as contract_version

)

select * from build
