-- A composite of nothing, of itself or of another journey would judge no case, or judge
-- it by half of what was meant, without a word.
with

composites as (

    select * from {{ ref("slos") }}
    where indicator = 'composite'

),

slo_steps as (

    select * from {{ ref("slo_steps") }}

),

steps as (

    select
        slo_steps.slo_id,
        slo_steps.step_slo_id,
        owners.journey,
        owners.indicator,
        steps.journey as step_journey,
        steps.indicator as step_indicator

    from slo_steps
    inner join {{ ref("slos") }} as owners
        on slo_steps.slo_id = owners.slo_id
    inner join {{ ref("slos") }} as steps
        on slo_steps.step_slo_id = steps.slo_id

),

step_counts as (

    select
        composites.slo_id,
        count(distinct slo_steps.step_slo_id) as step_count

    from composites
    left join slo_steps
        on composites.slo_id = slo_steps.slo_id
    group by composites.slo_id

),

violations as (

    {% for column in ["from_event", "to_event", "promise", "maturity_days", "calendar"] %}
    select
        'seed slos, row ' || slo_id
        || ': {{ column }} is filled and indicator composite has none' as message

    from composites
    where {{ column }} is not null
    union all
    {% endfor %}
    select
        'seed slo_thresholds, row ' || slo_thresholds.slo_id
        || ': indicator composite has no threshold of its own' as message

    from {{ ref("slo_thresholds") }} as slo_thresholds
    inner join composites
        on slo_thresholds.slo_id = composites.slo_id
    union all
    select
        'seed slos, row ' || slo_id || ': indicator composite needs two steps in slo_steps'
        || ' and has ' || cast(step_count as {{ dbt.type_string() }}) as message

    from step_counts
    where step_count < 2
    union all
    select
        'seed slo_steps, row ' || slo_id || ': step_slo_id ''' || step_slo_id
        || ''' stands in ' || cast(count(*) as {{ dbt.type_string() }})
        || ' rows of it' as message

    from slo_steps
    group by slo_id, step_slo_id
    having count(*) > 1
    union all
    select
        'seed slo_steps, row ' || slo_id || ': slo_id ''' || slo_id
        || ''' is of indicator ' || indicator || ', which has no steps' as message

    from steps
    where indicator <> 'composite'
    union all
    select
        'seed slo_steps, row ' || slo_id || ': step_slo_id ''' || step_slo_id
        || ''' is a composite itself' as message

    from steps
    where step_indicator = 'composite'
    union all
    select
        'seed slo_steps, row ' || slo_id || ': step_slo_id ''' || step_slo_id
        || ''' is of journey ' || step_journey || ', not of ' || journey as message

    from steps
    where step_journey <> journey

)

{{ offpath.named_violations("violations") }}
