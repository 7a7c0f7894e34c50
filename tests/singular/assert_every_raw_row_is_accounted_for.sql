-- What became of the rows adds up to the rows of each staging model of the log, the cases
-- and the promises; where raw rows are deleted, of those that landed since.
{% set kept_from = offpath.raw_kept_from() %}
{% set is_kept = "coalesce(loaded_at >= " ~ kept_from ~ ", true)" if kept_from else "true" %}

with

raw_counts as (

    {% for model in offpath.staging_models("event_models")
        + offpath.staging_models("case_models")
        + offpath.staging_models("promise_models") %}
    select
        '{{ model }}' as source_model,
        count(*) as raw_count

    from {{ ref(project_name, model) }}
    where {{ is_kept }}
    {{ "union all" if not loop.last }}
    {% endfor %}

),

rows_found as (

    {% for relation in [
        "int_events_classified", "int_cases_classified", "int_promises_classified"
    ] %}
    select
        source_model,
        count(*) as row_count

    from {{ ref(relation) }}
    where disposition <> 'withdrawn' and {{ is_kept }}
    group by source_model
    union all
    {% endfor %}
    select
        source_model,
        sum(row_count) as row_count

    from {{ ref("int_landings") }}
    where not is_landed
    group by source_model

),

accounted as (

    select
        source_model,
        sum(row_count) as accounted_count

    from rows_found
    group by source_model

),

violations as (

    select
        raw_counts.source_model || ' has '
        || raw_counts.raw_count || ' rows, of which '
        || cast(coalesce(accounted.accounted_count, 0) as bigint)
        || ' are accounted for' as message

    from raw_counts
    left join accounted
        on raw_counts.source_model = accounted.source_model
    where raw_counts.raw_count <> coalesce(accounted.accounted_count, 0)

)

{{ offpath.named_violations("violations") }}
