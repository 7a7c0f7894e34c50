{% set promise_models = var("promise_models") %}

with

promised as (

    {% for model in promise_models %}
    select
        journey,
        case_id,
        promise,
        due_at,
        loaded_at

    from {{ ref(model) }}
    where loaded_at <= {{ offpath.as_of() }}
    {{ "union all" if not loop.last }}
    {% else %}
    select
        cast(null as {{ dbt.type_string() }}) as journey,
        cast(null as {{ dbt.type_string() }}) as case_id,
        cast(null as {{ dbt.type_string() }}) as promise,
        cast(null as timestamp) as due_at,
        cast(null as timestamp) as loaded_at

    where 1 = 0
    {% endfor %}

),

ranked as (

    select
        journey,
        case_id,
        promise,
        due_at,
        loaded_at,
        row_number() over (
            partition by journey, case_id, promise
            order by loaded_at desc, due_at desc
        ) as delivery_rank

    from promised

),

case_promises as (

    select
        journey,
        case_id,
        promise,
        due_at,
        loaded_at

    from ranked
    where delivery_rank = 1

)

select * from case_promises
