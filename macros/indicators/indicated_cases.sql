{#-
    Cases of the SLOs of every indicator but `composite`, in the shape of an indicator.

    What counted before the definition of the SLO was judged by another one, and what
    counts in a span of `slo_exclusions` is not judged: neither is valid.
-#}
{% macro indicated_cases(slo_cases, case_events, slo_exclusions) %}
    with

    outcome_cases as (

        {{ offpath.outcome_cases(slo_cases, case_events) }}

    ),

    latency_cases as (

        {{ offpath.latency_cases(slo_cases, case_events) }}

    ),

    first_time_right_cases as (

        {{ offpath.first_time_right_cases(slo_cases, case_events) }}

    ),

    indicated as (

        {% for indicator in ["outcome", "latency", "first_time_right"] %}
        select
            slo_id,
            journey,
            case_id,
            severity,
            from_at,
            reached_at,
            deadline_at,
            counted_at,
            early_verdict,
            settled_at,
            not_valid_reason,
            defined_at

        from {{ indicator }}_cases
        {{ "union all" if not loop.last }}
        {% endfor %}

    ),

    exclusions as (

        select
            indicated.slo_id,
            indicated.case_id,
            min(slo_exclusions.reason) as reason

        from indicated
        inner join {{ slo_exclusions }} as slo_exclusions
            on
                indicated.journey = slo_exclusions.journey
                and indicated.counted_at >= slo_exclusions.starts_at
                and indicated.counted_at < slo_exclusions.ends_at
        group by indicated.slo_id, indicated.case_id

    )

    select
        indicated.slo_id,
        indicated.journey,
        indicated.case_id,
        indicated.severity,
        indicated.from_at,
        indicated.reached_at,
        indicated.deadline_at,
        indicated.counted_at,
        indicated.early_verdict,
        indicated.settled_at,
        coalesce(
            indicated.not_valid_reason,
            {{ offpath.older_definition_reason(
                "indicated.counted_at", "indicated.defined_at"
            ) }},
            'exclusion: ' || exclusions.reason
        ) as not_valid_reason

    from indicated
    left join exclusions
        on
            indicated.slo_id = exclusions.slo_id
            and indicated.case_id = exclusions.case_id
{% endmacro %}
