{#-
    Cases of the SLOs whose indicator is `first_time_right`, in the shape of an
    indicator: counted at the first good end, bad when a rework event came before it or
    within `maturity_days` after it, settled by that event or when those have passed. A
    case that ended bad was never right, first or later: it is not valid.
-#}
{% macro first_time_right_cases(slo_cases, case_events) %}
    with

    dated as (

        select
            slo_cases.*,
            {{ offpath.add_seconds(
                "slo_cases.first_good_ended_at",
                "coalesce(slo_cases.maturity_days, 0) * 86400",
            ) }} as matures_at

        from {{ slo_cases }} as slo_cases
        where slo_cases.indicator = 'first_time_right'

    ),

    reworked as (

        select
            dated.slo_id,
            dated.journey,
            dated.case_id,
            min(
                case
                    when
                        case_events.is_rework
                        and case_events.occurred_at
                        <= coalesce(dated.matures_at, {{ offpath.as_of() }})
                        then case_events.occurred_at
                end
            ) as reworked_at,
            max_by(
                case_events.status_after,
                case
                    when
                        case_events.occurred_at
                        <= coalesce(dated.first_good_ended_at, {{ offpath.as_of() }})
                        then case_events.event_number
                end
            ) as status_when_counted

        from dated
        inner join {{ case_events }} as case_events
            on
                dated.journey = case_events.journey
                and dated.case_id = case_events.case_id
        where
            case_events.is_rework
            or case_events.ends_case_as is not null
            or case_events.is_reopening
        group by dated.slo_id, dated.journey, dated.case_id

    )

    select
        dated.slo_id,
        dated.journey,
        dated.case_id,
        dated.severity,
        dated.started_at as from_at,
        dated.first_good_ended_at as reached_at,
        cast(null as timestamp) as deadline_at,
        dated.first_good_ended_at as counted_at,
        case
            when reworked.reworked_at is not null then 'bad'
            when dated.first_good_ended_at is not null then 'good'
        end as early_verdict,
        coalesce(reworked.reworked_at, dated.matures_at) as settled_at,
        case
            when dated.is_excluded then 'case is excluded'
            when reworked.status_when_counted = 'excluded' then 'ended excluded'
            when reworked.status_when_counted = 'bad' then 'ended bad'
        end as not_valid_reason,
        dated.defined_at

    from dated
    left join reworked
        on
            dated.slo_id = reworked.slo_id
            and dated.journey = reworked.journey
            and dated.case_id = reworked.case_id
{% endmacro %}
