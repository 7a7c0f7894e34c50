{#-
    When a deviation that nothing can mend leaves the list: `review_days` after its case
    has ended; null while the case is open or the review is on.
-#}
{% macro cleared_after_review(onset_at, ended_at) -%}
    {%- set reviewed_at = offpath.add_seconds(
        "greatest(" ~ onset_at ~ ", " ~ ended_at ~ ")",
        "86400 * " ~ var("review_days")
    ) -%}
    (
        case
            when {{ ended_at }} is not null and {{ reviewed_at }} <= {{ offpath.as_of() }}
                then {{ reviewed_at }}
        end
    )
{%- endmacro %}
