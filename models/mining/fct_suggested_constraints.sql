with

events as (

    select * from {{ ref("int_events_paired") }}
    where is_frequent

),

event_pairs as (

    select * from {{ ref("int_event_pairs") }}

),

variant_events as (

    select * from {{ ref("int_variant_events_placed") }}

),

conformance_rules as (

    select * from {{ ref("conformance_rules") }}

),

exception_rules as (

    select * from {{ ref("exception_rules") }}
    where stage <> 'retired'

),

chained as (

    select
        journey,
        event_name,
        only_next_event,
        sum(case_count) as case_count

    from variant_events
    where only_next_event <> event_name
    group by journey, event_name, only_next_event

),

-- Pairs of which no case has both are pairs too.
pairs as (

    select
        activations.journey,
        activations.event_name as activation_event,
        targets.event_name as target_event,
        activations.journey_case_count,
        activations.case_count as activation_count,
        targets.case_count as target_count,
        coalesce(event_pairs.both_count, 0) as both_count,
        coalesce(event_pairs.followed_count, 0) as followed_count,
        coalesce(event_pairs.preceded_count, 0) as preceded_count,
        coalesce(event_pairs.succeeded_count, 0) as succeeded_count,
        coalesce(chained.case_count, 0) as chained_count

    from events as activations
    inner join events as targets
        on
            activations.journey = targets.journey
            and activations.event_name <> targets.event_name
    left join event_pairs
        on
            activations.journey = event_pairs.journey
            and activations.event_name = event_pairs.activation_event
            and targets.event_name = event_pairs.target_event
    left join chained
        on
            activations.journey = chained.journey
            and activations.event_name = chained.event_name
            and targets.event_name = chained.only_next_event

),

{% set either = "activation_count + target_count - both_count" %}
{% set each_way = "activation_event < target_event" %}
asked as (

    {% for template, satisfied in [
        ("existence", "case_count"),
        ("exactly_once", "once_count"),
        ("init", "first_count"),
    ] %}
    select
        journey,
        '{{ template }}' as template,
        event_name as activation_event,
        cast(null as {{ dbt.type_string() }}) as target_event,
        journey_case_count as case_count,
        journey_case_count as activated_count,
        {{ satisfied }} as satisfied_count

    from events
    union all
    {% endfor %}
    {% for template, activated, satisfied, condition in [
        ("responded_existence", "activation_count", "both_count", "true"),
        ("response", "activation_count", "followed_count", "true"),
        ("chain_response", "activation_count", "chained_count", "true"),
        ("precedence", "activation_count", "preceded_count", "true"),
        ("succession", either, "succeeded_count", "true"),
        ("co_existence", either, "both_count", each_way),
        (
            "not_co_existence",
            either,
            "activation_count + target_count - 2 * both_count",
            each_way ~ " and 10.0e0 * both_count * journey_case_count"
            ~ " <= cast(activation_count as double) * target_count",
        ),
    ] %}
    select
        journey,
        '{{ template }}' as template,
        activation_event,
        target_event,
        journey_case_count as case_count,
        {{ activated }} as activated_count,
        {{ satisfied }} as satisfied_count

    from pairs
    where {{ condition }}
    {{ "union all" if not loop.last }}
    {% endfor %}

),

-- Nine cases in ten, and surely more than eight: of a handful of cases all is true.
kept as (

    select
        *,
        cast(activated_count as double) / case_count as support,
        cast(satisfied_count as double) / activated_count as confidence,
        {{ offpath.wilson_lower("satisfied_count", "activated_count") }}
            as confidence_lower

    from asked
    where
        activated_count >= 0.05e0 * case_count
        and satisfied_count >= 0.9e0 * activated_count
        and {{ offpath.wilson_lower("satisfied_count", "activated_count") }} > 0.8e0

),

-- What a stronger one says that is kept as well.
implications as (

    {% for stronger, weaker, is_turned in [
        ("exactly_once", "existence", false),
        ("init", "existence", false),
        ("succession", "response", false),
        ("succession", "precedence", true),
        ("succession", "co_existence", false),
        ("succession", "co_existence", true),
        ("chain_response", "response", false),
        ("succession", "responded_existence", false),
        ("succession", "responded_existence", true),
        ("co_existence", "responded_existence", false),
        ("co_existence", "responded_existence", true),
        ("response", "responded_existence", false),
        ("chain_response", "responded_existence", false),
        ("precedence", "responded_existence", false),
    ] %}
    select
        journey,
        '{{ weaker }}' as template,
        {{ "target_event" if is_turned else "activation_event" }} as activation_event,
        {{ "activation_event" if is_turned else "target_event" }} as target_event,
        template as implied_by

    from kept
    where template = '{{ stronger }}'
    {{ "union all" if not loop.last }}
    {% endfor %}

),

implied as (

    select
        journey,
        template,
        activation_event,
        target_event,
        -- Any of several says it.
        max(implied_by) as implied_by

    from implications
    group by journey, template, activation_event, target_event

),

declared as (

    select distinct
        exception_rules.journey,
        conformance_rules.template,
        conformance_rules.activation_event,
        conformance_rules.target_event

    from exception_rules
    inner join conformance_rules
        on exception_rules.rule_id = conformance_rules.rule_id
    union
    -- What is said of two is said of both.
    select distinct
        exception_rules.journey,
        conformance_rules.template,
        conformance_rules.target_event as activation_event,
        conformance_rules.activation_event as target_event

    from exception_rules
    inner join conformance_rules
        on exception_rules.rule_id = conformance_rules.rule_id
    where conformance_rules.template in ('co_existence', 'not_co_existence')

),

suggested_constraints as (

    select
        kept.journey,
        kept.template,
        kept.activation_event,
        kept.target_event,
        cast(kept.case_count as bigint) as case_count,
        cast(kept.activated_count as bigint) as activated_count,
        cast(kept.satisfied_count as bigint) as satisfied_count,
        kept.support,
        kept.confidence,
        kept.confidence_lower,
        implied.implied_by,
        declared.journey is not null as is_declared

    from kept
    left join implied
        on
            kept.journey = implied.journey
            and kept.template = implied.template
            and kept.activation_event = implied.activation_event
            and coalesce(kept.target_event, '') = coalesce(implied.target_event, '')
    left join declared
        on
            kept.journey = declared.journey
            and kept.template = declared.template
            and kept.activation_event = declared.activation_event
            and coalesce(kept.target_event, '') = coalesce(declared.target_event, '')

)

select * from suggested_constraints
