{#-
    A select of when a deviation that nothing mends leaves the list: one row for each
    row of `relation` (rule_id, journey, case_id, onset_at and `from_column`) whose
    review is over by the clock, with `reviewed_at`. That is `review_days` after the
    case has ended, or after `from_column` where that is later, at the first ending that
    lasted so long; a case that is opened again later does not undo it. `case_endings`
    is the relation of `int_case_endings`.
-#}
{% macro review_ends(relation, from_column, case_endings) %}
    {%- set reviewed_at = offpath.add_seconds(
        "greatest(reviewed." ~ from_column ~ ", case_endings.ended_at)",
        "86400 * " ~ var("review_days")
    ) -%}
    select
        reviewed.rule_id,
        reviewed.case_id,
        reviewed.onset_at,
        min({{ reviewed_at }}) as reviewed_at

    from {{ relation }} as reviewed
    inner join {{ case_endings }} as case_endings
        on
            reviewed.journey = case_endings.journey
            and reviewed.case_id = case_endings.case_id
    where
        {{ reviewed_at }} <= {{ offpath.as_of() }}
        and (
            case_endings.reopened_at is null
            or {{ reviewed_at }} <= case_endings.reopened_at
        )
    group by reviewed.rule_id, reviewed.case_id, reviewed.onset_at
{% endmacro %}
