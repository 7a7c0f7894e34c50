-- Accepted, quarantined, redelivered and not yet add up to the rows of each staging
-- model of the log, the cases and the promises.

with

raw_counts as (

    {% for model in var("event_models") + var("case_models") + var("promise_models") %}
    select
        '{{ model }}' as source_model,
        count(*) as raw_count

    from {{ ref(model) }}
    {{ "union all" if not loop.last }}
    {% endfor %}

),

dispositions as (

    select
        source_model,
        disposition

    from {{ ref("int_events_classified") }}
    union all
    select
        source_model,
        disposition

    from {{ ref("int_cases_classified") }}
    union all
    select
        source_model,
        disposition

    from {{ ref("int_promises_classified") }}

),

accounted as (

    select
        source_model,
        sum(
            case
                when
                    disposition in ('accepted', 'quarantined', 'redelivered', 'not_yet')
                    then 1
                else 0
            end
        ) as accounted_count

    from dispositions
    group by source_model

)

select
    raw_counts.source_model,
    raw_counts.raw_count,
    accounted.accounted_count

from raw_counts
left join accounted
    on raw_counts.source_model = accounted.source_model
where raw_counts.raw_count <> coalesce(accounted.accounted_count, 0)
