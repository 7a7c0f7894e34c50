{% set kinds = {"case": "int_cases_classified", "promise": "int_promises_classified"} %}
{% set dispositions = ["accepted", "quarantined", "redelivered"] %}

with

landings as (

    select * from {{ ref("int_landings") }}
    where row_kind in ('{{ kinds | join("', '") }}')

),

landed as (

    select
        row_kind,
        source_model,
        coalesce(journey, '[none]') as journey,
        sum(row_count) as raw_count,
        sum(case when is_landed then 0 else row_count end) as not_yet_count

    from landings
    group by row_kind, source_model, coalesce(journey, '[none]')

),

{% for kind, relation in kinds.items() -%}
{% set key = offpath.contract_columns(kind, "key") -%}
{{ kind }}_tied as (

    select
        older.source_model,
        older.journey,
        count(*) as tied_count

    from {{ ref(relation) }} as older
    inner join {{ ref(relation) }} as newest
        on
            {%- for column in key %}
            older.{{ column }} = newest.{{ column }} and
            {%- endfor %}
            newest.disposition = 'accepted'
    where
        older.disposition = 'redelivered'
        and {{ offpath.is_tied("older", "newest") }}
        and {{ offpath.says_otherwise(kind, "older", "newest") }}
    group by older.source_model, older.journey

),

{{ kind }}_classified as (

    select
        classified.source_model,
        coalesce(classified.journey, '[none]') as journey,
        {%- for disposition in dispositions %}
        sum(case when classified.disposition = '{{ disposition }}' then 1 else 0 end)
            as {{ disposition }}_count,
        {%- endfor %}
        sum(
            case
                when
                    classified.disposition = 'accepted' and cases.case_id is null
                    then 1
                else 0
            end
        ) as without_event_count,
        max(classified.loaded_at) as last_loaded_at

    from {{ ref(relation) }} as classified
    left join {{ ref("fct_cases") }} as cases
        on
            classified.journey = cases.journey
            and classified.case_id = cases.case_id
    where classified.disposition <> 'withdrawn'
    group by classified.source_model, coalesce(classified.journey, '[none]')

),

{% endfor -%}
case_log_quality as (

    {% for kind in kinds %}
    select
        landed.row_kind,
        landed.source_model,
        landed.journey,
        cast(landed.raw_count as bigint) as raw_count,
        {%- for disposition in dispositions %}
        cast(coalesce(classified.{{ disposition }}_count, 0) as bigint)
            as {{ disposition }}_count,
        {%- endfor %}
        cast(landed.not_yet_count as bigint) as not_yet_count,
        cast(coalesce(tied.tied_count, 0) as bigint) as tied_count,
        cast(coalesce(classified.without_event_count, 0) as bigint)
            as without_event_count,
        classified.last_loaded_at

    from landed
    left join {{ kind }}_classified as classified
        on
            landed.source_model = classified.source_model
            and landed.journey = classified.journey
    left join {{ kind }}_tied as tied
        on
            landed.source_model = tied.source_model
            and landed.journey = tied.journey
    where landed.row_kind = '{{ kind }}'
    {{ "union all" if not loop.last }}
    {% endfor %}

)

select * from case_log_quality
