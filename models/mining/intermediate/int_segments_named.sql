{#-
    A median of fewer says little, and each value more is a row for each transition.
-#}
{%- set fewest = 10 -%}
{%- set most_values = 50 -%}
{%- set cuts = offpath.contract_columns("event", "cut") | reject("equalto", "actor")
    | list -%}

with

case_cuts as (

    select * from {{ ref("fct_case_cuts") }}
    where cut not in ('{{ cuts | join("', '") }}')

),

cut_values as (

    {% for cut in cuts %}
    select
        journey,
        '{{ cut }}' as cut,
        {{ cut }} as cut_value,
        count(*) as value_count

    from {{ ref("fct_case_events") }}
    where {{ cut }} is not null
    group by journey, {{ cut }}
    union all
    {% endfor %}
    select
        journey,
        cut,
        cut_value,
        count(*) as value_count

    from case_cuts
    group by journey, cut, cut_value

),

ranked as (

    select
        journey,
        cut,
        cut_value,
        value_count,
        row_number() over (
            partition by journey, cut
            order by value_count desc, cut_value asc
        ) as value_rank,
        max(value_count) over (partition by journey, cut) as most_count

    from cut_values

),

-- Where no value is frequent (a number of a parcel), there is nothing to compare.
segments_named as (

    select
        journey,
        cut,
        cut_value,
        case
            when value_rank <= {{ most_values }} and value_count >= {{ fewest }}
                then cut_value
            else '[other]'
        end as segment

    from ranked
    where most_count >= {{ fewest }}

)

select * from segments_named
