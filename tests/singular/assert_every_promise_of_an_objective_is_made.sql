-- An objective on a promise that nobody makes would count no case, without a word.
with

promises as (

    select distinct
        journey,
        promise

    from {{ ref("int_raw_promises_unioned") }}

),

unmade as (

    select
        'seed slos, row ' || slos.slo_id || ': promise ''' || slos.promise
        || ''' is in no row of the promise_models ('
        || '{{ var("promise_models") | join(", ") or "none" }}' || ') for journey '
        || slos.journey as message

    from {{ ref("slos") }} as slos
    left join promises
        on
            slos.journey = promises.journey
            and slos.promise = promises.promise
    where slos.promise is not null and promises.promise is null

)

{{ offpath.named_violations("unmade") }}
