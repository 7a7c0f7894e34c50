with

rules as (

    select * from {{ ref("int_rules_in_force") }}

),

volume_rules as (

    select * from {{ ref("volume_rules") }}

),

windows_compared as (

    select * from {{ ref("int_windows_compared") }}

),

volume_exceptions as (

    {{ offpath.volume_exceptions("rules", "volume_rules", "windows_compared") }}

)

select * from volume_exceptions
