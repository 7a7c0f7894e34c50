{#-
    The body of a data test that names what it found: an error with the column `message`
    of every row of a relation, or no row where there is none. The error stands in the
    `where`, since dbt counts the rows of a test and reads none of its columns.
-#}
{% macro named_violations(relation) %}
    select violations.message

    from (
        select
            {{ offpath.ordered_list("message", "message", "; ") }} as message,
            count(*) as violation_count

        from {{ relation }}
    ) as violations
    where
        case
            when violations.violation_count > 0
                then {{ offpath.fail_with("violations.message") }} is not null
            else false
        end
{% endmacro %}
