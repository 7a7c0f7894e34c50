with

exception_rules as (

    select * from {{ ref("exception_rules") }}

),

owner_roles as (

    select * from {{ ref("owner_roles") }}

),

playbooks as (

    select * from {{ ref("playbooks") }}

),

exceptions as (

    select * from {{ ref("fct_exceptions") }}

),

rule_parameters as (

    select * from {{ ref("int_rule_parameters") }}

),

rule_evidence as (

    select * from {{ ref("fct_rule_evidence") }}

),

counted as (

    select
        rule_id,
        count(*) as exception_count,
        sum(case when is_open then 1 else 0 end) as open_count,
        max(detected_at) as last_detected_at

    from exceptions
    group by rule_id

),

rules as (

    select
        exception_rules.rule_id,
        exception_rules.journey,
        exception_rules.family,
        exception_rules.title,
        exception_rules.slo_id,
        exception_rules.severity,
        exception_rules.owner_role,
        owner_roles.title as owner_title,
        cast(exception_rules.respond_within_minutes as integer)
            as respond_within_minutes,
        exception_rules.escalation_policy,
        exception_rules.playbook,
        playbooks.title as playbook_title,
        playbooks.location as playbook_location,
        exception_rules.stage,
        cast(exception_rules.version as integer) as version,
        cast(exception_rules.page_above_value as double) as page_above_value,
        rule_parameters.parameters,
        cast(coalesce(counted.exception_count, 0) as bigint) as exception_count,
        cast(coalesce(counted.open_count, 0) as bigint) as open_count,
        counted.last_detected_at,
        coalesce(rule_evidence.verdict, rule_evidence.untested_reason)
            as evidence_verdict

    from exception_rules
    inner join rule_evidence
        on exception_rules.rule_id = rule_evidence.rule_id
    left join owner_roles
        on exception_rules.owner_role = owner_roles.owner_role
    left join playbooks
        on exception_rules.playbook = playbooks.playbook
    left join rule_parameters
        on exception_rules.rule_id = rule_parameters.rule_id
    left join counted
        on exception_rules.rule_id = counted.rule_id

)

select * from rules
