-- The timeline, the cases and the SLIs hold the same accepted events and cases, and the
-- daily SLIs add up to the counted cases.
{% set of_all_cases = [] %}
{% for indicator, needed in offpath.indicators().items() if "from_event" not in needed %}
{% do of_all_cases.append(indicator) %}
{% endfor %}
{% set of_all_cases = "('" ~ of_all_cases | join("', '") ~ "')" %}

with

counts as (

    select
        'accepted events are in the timeline' as what,
        (
            select count(*) from {{ ref("int_events_classified") }}
            where disposition = 'accepted'
        ) as expected_count,
        (select count(*) from {{ ref("fct_case_events") }}) as actual_count
    union all
    select
        'every open case is predicted' as what,
        (
            select count(*) from {{ ref("fct_cases") }}
            where is_open and not is_excluded
        ) as expected_count,
        (select count(*) from {{ ref("fct_case_predictions") }}) as actual_count
    union all
    select
        'the cases count every event' as what,
        (select count(*) from {{ ref("fct_case_events") }}) as expected_count,
        (select sum(event_count) from {{ ref("fct_cases") }}) as actual_count
    union all
    select
        'every case has its row of an objective that starts with it' as what,
        (
            select count(*)
            from {{ ref("slos") }} as slos
            inner join {{ ref("fct_cases") }} as cases
                on slos.journey = cases.journey
            where slos.indicator in {{ of_all_cases }}
        ) as expected_count,
        (
            select count(*)
            from {{ ref("slos") }} as slos
            inner join {{ ref("fct_sli_cases") }} as sli_cases
                on slos.slo_id = sli_cases.slo_id
            where slos.indicator in {{ of_all_cases }}
        ) as actual_count
    union all
    select
        'the days count every valid case' as what,
        (
            select count(*) from {{ ref("fct_sli_cases") }}
            where verdict in ('good', 'bad')
        ) as expected_count,
        (select sum(valid_count) from {{ ref("fct_sli_daily") }}) as actual_count
    union all
    select
        'every detected exception is in the mart' as what,
        (select count(*) from {{ ref("int_exceptions_detected") }}) as expected_count,
        (select count(*) from {{ ref("fct_exceptions") }}) as actual_count

),

violations as (

    select
        what || ': ' || cast(coalesce(actual_count, 0) as {{ dbt.type_string() }})
        || ' where there should be '
        || cast(coalesce(expected_count, 0) as {{ dbt.type_string() }})
        || '; rows that were taken from a mart come back with --full-refresh' as message

    from counts
    where coalesce(expected_count, 0) <> coalesce(actual_count, 0)

)

{{ offpath.named_violations("violations") }}
