{#-
    A select of every row of `relation` (rule_id, journey, case_id, onset_at, mended_at
    and `from_column`) with `cleared_at` and `clear_reason`: mended at `mended_at`, or
    reviewed where that is earlier; null while neither is past. The review is over
    `review_days` after the case has ended, or after `from_column` where that is later,
    at the first ending that lasted so long; a case that is opened again later does not
    undo it. `case_endings` is the relation of `int_case_endings`.
-#}
{% macro cleared_detections(relation, from_column, case_endings) %}
    {%- set reviewed_at = offpath.add_seconds(
        "greatest(reviewed." ~ from_column ~ ", case_endings.ended_at)",
        "86400 * " ~ var("review_days")
    ) -%}
    select
        detections.*,
        least(
            coalesce(detections.mended_at, reviews.reviewed_at),
            coalesce(reviews.reviewed_at, detections.mended_at)
        ) as cleared_at,
        case
            when
                detections.mended_at
                <= coalesce(reviews.reviewed_at, detections.mended_at)
                then 'mended'
            when reviews.reviewed_at is not null then 'reviewed'
        end as clear_reason

    from {{ relation }} as detections
    left join (
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
    ) as reviews
        on
            detections.rule_id = reviews.rule_id
            and detections.case_id = reviews.case_id
            and detections.onset_at = reviews.onset_at
{% endmacro %}
