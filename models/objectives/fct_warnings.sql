with

case_events as (

    select * from {{ ref("fct_case_events") }}

),

definitions as (

    select * from {{ ref("journey_events") }}

),

cases as (

    select * from {{ ref("fct_cases") }}

),

slos as (

    select * from {{ ref("slos") }}

),

slo_thresholds as (

    select distinct
        slo_id,
        severity

    from {{ ref("slo_thresholds") }}

),

event_log_quality as (

    select * from {{ ref("fct_event_log_quality") }}

),

case_log_quality as (

    select * from {{ ref("fct_case_log_quality") }}

),

similar_ids as (

    select * from {{ ref("fct_similar_ids") }}

),

latency_cases as (

    select * from {{ ref("int_latency_cases") }}

),

landing_gaps as (

    select * from {{ ref("int_landing_gaps") }}

),

happened as (

    select
        journey,
        event_name,
        count(*) as event_count

    from case_events
    group by journey, event_name

),

-- Where no severity has a threshold of its own, all are meant to have the same.
by_severity as (

    select distinct slo_id
    from slo_thresholds
    where severity <> '*'

),

severities as (

    select
        journey,
        coalesce(severity, '[none]') as severity,
        count(*) as case_count

    from cases
    group by journey, coalesce(severity, '[none]')

),

latency_failures as (

    select
        slo_id,
        journey,
        count(*) as bad_count,
        sum(case when ended_without_step then 1 else 0 end) as without_step_count

    from latency_cases
    where early_verdict = 'bad' and not_valid_reason is null
    group by slo_id, journey

),

found as (

    select
        'undefined event' as warning,
        happened.journey,
        happened.event_name as subject,
        happened.event_count as row_count,
        'events are in no row of seed journey_events' as what

    from happened
    left join definitions
        on
            happened.journey = definitions.journey
            and happened.event_name = definitions.event_name
    where definitions.event_name is null
    union all
    select
        'definition without events' as warning,
        definitions.journey,
        definitions.event_name as subject,
        0 as row_count,
        'events: the log has none that seed journey_events names so' as what

    from definitions
    left join happened
        on
            definitions.journey = happened.journey
            and definitions.event_name = happened.event_name
    where happened.event_name is null
    union all
    select
        'severity without threshold' as warning,
        slos.journey,
        severities.severity || ' of ' || slos.slo_id as subject,
        severities.case_count as row_count,
        'cases have a severity that no row of seed slo_thresholds names' as what

    from slos
    inner join by_severity
        on slos.slo_id = by_severity.slo_id
    inner join severities
        on slos.journey = severities.journey
    left join slo_thresholds
        on
            slos.slo_id = slo_thresholds.slo_id
            and severities.severity = slo_thresholds.severity
    where slo_thresholds.slo_id is null
    union all
    select
        'threshold without cases' as warning,
        slos.journey,
        slo_thresholds.severity || ' of ' || slos.slo_id as subject,
        0 as row_count,
        'cases: none has a severity that seed slo_thresholds names so' as what

    from slo_thresholds
    inner join slos
        on slo_thresholds.slo_id = slos.slo_id
    left join severities
        on
            slos.journey = severities.journey
            and slo_thresholds.severity = severities.severity
    where slo_thresholds.severity <> '*' and severities.severity is null
    union all
    select
        'order contradicts the source' as warning,
        journey,
        source_model as subject,
        out_of_sequence_count as row_count,
        'events come after one that their source numbers higher' as what

    from event_log_quality
    where out_of_sequence_count > 0
    union all
    select
        'began before the log' as warning,
        journey,
        source_model as subject,
        began_before_count as row_count,
        'rows are of cases without a beginning, set aside since var raw_kept_from is set'
            as what

    from event_log_quality
    where began_before_count > 0
    union all
    select
        'rows of one load disagree' as warning,
        journey,
        source_model as subject,
        tied_count as row_count,
        'rows say otherwise than the one that counts, and nothing says which is later'
            as what

    from (
        select
            journey,
            source_model,
            tied_count

        from event_log_quality
        union all
        select
            journey,
            source_model,
            tied_count

        from case_log_quality
    ) as quality
    where tied_count > 0
    union all
    select
        'similar ids' as warning,
        journey,
        min(visible_id) as subject,
        count(*) as row_count,
        'case ids differ only in case, or in what one cannot see' as what

    from similar_ids
    group by journey
    union all
    select
        'ended without the step' as warning,
        latency_failures.journey,
        latency_failures.slo_id as subject,
        latency_failures.without_step_count as row_count,
        'of ' || cast(latency_failures.bad_count as {{ dbt.type_string() }})
        || ' bad cases ended well without ' || slos.to_event
        || ', and seed slos does not say what that is (when_ended)' as what

    from latency_failures
    inner join slos
        on latency_failures.slo_id = slos.slo_id
    where
        slos.when_ended is null
        and latency_failures.without_step_count * 2 > latency_failures.bad_count
    union all
    select
        'clock ahead of the log' as warning,
        journey,
        'clock' as subject,
        cast(floor(open_gap_seconds / 3600.0e0) as bigint) as row_count,
        'working hours after the newest event landed, where '
        || cast(
            cast(floor(longest_gap_seconds / 3600.0e0) as bigint)
            as {{ dbt.type_string() }}
        )
        || ' was the longest wait before: the clock is ahead, or the feed is dead'
            as what

    from landing_gaps
    where
        longest_gap_seconds is not null
        and open_gap_seconds > 2 * greatest(longest_gap_seconds, 3600)

),

warnings as (

    select
        warning,
        journey,
        subject,
        cast(row_count as bigint) as row_count,
        journey || ', ' || subject || ': '
        || cast(cast(row_count as bigint) as {{ dbt.type_string() }}) || ' ' || what
            as message

    from found

)

select * from warnings
