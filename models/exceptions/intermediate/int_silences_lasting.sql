with

silent_hours as (

    select * from {{ ref("int_silent_hours") }}

),

preceded as (

    select
        journey,
        silent_hour,
        lag(silent_hour) over (
            partition by journey
            order by silent_hour
        ) as silent_hour_before

    from silent_hours

),

silences_lasting as (

    select
        journey,
        max(
            case
                when
                    silent_hour_before is null
                    or silent_hour_before
                    < {{ offpath.add_seconds("silent_hour", "-3600") }}
                    then silent_hour
            end
        ) as silent_since

    from preceded
    group by journey
    having max(silent_hour) = date_trunc('hour', {{ offpath.as_of() }})

)

select * from silences_lasting
