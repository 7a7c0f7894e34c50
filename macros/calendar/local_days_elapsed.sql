{#-
    A select: for each combination of `keys` in `relation`, one of them the journey, a
    row for each day from the first of its column `local_date` to that of `as_of` on
    the wall clock of the journey, none left out: the keys, `local_date`, and
    `ended_at`, the instant at which the day is over, UTC. Arguments are CTEs and names
    of columns.
-#}
{% macro local_days_elapsed(relation, journey_timezones, keys) %}
    select
        {%- for key in keys %}
        days.{{ key }},
        {%- endfor %}
        cast(days.day_at as date) as local_date,
        {{ offpath.local_to_utc(
            offpath.add_seconds("days.day_at", "86400"), "days.timezone"
        ) }} as ended_at

    from (
        select
            {%- for key in keys %}
            spans.{{ key }},
            {%- endfor %}
            spans.timezone,
            {{ offpath.unnested_timestamps(
                "spans.first_day", "spans.last_day", 86400
            ) }} as day_at

        from (
            select
                {%- for key in keys %}
                dated.{{ key }},
                {%- endfor %}
                journey_timezones.timezone,
                cast(min(dated.local_date) as timestamp) as first_day,
                date_trunc(
                    'day',
                    {{ offpath.utc_to_local(
                        offpath.as_of(), "journey_timezones.timezone"
                    ) }}
                ) as last_day

            from {{ relation }} as dated
            inner join {{ journey_timezones }} as journey_timezones
                on dated.journey = journey_timezones.journey
            group by
                {%- for key in keys %}
                dated.{{ key }},
                {%- endfor %}
                journey_timezones.timezone
        ) as spans
    ) as days
{% endmacro %}
