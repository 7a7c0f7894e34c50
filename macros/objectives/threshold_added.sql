{#-
    A select of every row of `relation` with the integer column `as_column`: the
    threshold of its objective and its severity that was in force at `from_at`, else
    that of `*`; null where neither was.

    `relation` is a CTE with `slo_id` and `from_at`, `severity_column` is its own;
    `thresholds` is a CTE of the rows of `int_slo_thresholds`. The row count stays.
-#}
{% macro threshold_added(relation, thresholds, severity_column, as_column) %}
    select
        asked.*,
        coalesce(own.threshold_minutes, others.threshold_minutes) as {{ as_column }}

    from {{ relation }} as asked
    left join {{ thresholds }} as own
        on
            asked.slo_id = own.slo_id
            and asked.{{ severity_column }} = own.severity
            and asked.from_at >= own.valid_from
            and asked.from_at < own.valid_until
    left join {{ thresholds }} as others
        on
            asked.slo_id = others.slo_id
            and others.severity = '*'
            and asked.from_at >= others.valid_from
            and asked.from_at < others.valid_until
{% endmacro %}
