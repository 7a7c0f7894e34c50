{#-
    A select: every row of `relation`, which has a journey, with the date of `instant`
    on the wall clock of the journey as `name`; null where the instant is. The clock is
    asked once for each quarter of an hour, which is faster than for each row, and no
    zone is off by other than whole quarters. Arguments are relations and names of
    columns.
-#}
{% macro local_date_added(relation, journey_timezones, instant, name) %}
    select
        timed.*,
        placed.{{ name }}

    from {{ relation }} as timed
    left join (
        select
            quarters.journey,
            quarters.quarter_at,
            cast(
                {{ offpath.utc_to_local(
                    "quarters.quarter_at", "journey_timezones.timezone"
                ) }} as date
            ) as {{ name }}

        from (
            select distinct
                journey,
                {{ offpath.floor_to_seconds(instant, 900) }} as quarter_at

            from {{ relation }}
        ) as quarters
        inner join {{ journey_timezones }} as journey_timezones
            on quarters.journey = journey_timezones.journey
    ) as placed
        on
            timed.journey = placed.journey
            and {{ offpath.floor_to_seconds("timed." ~ instant, 900) }}
            = placed.quarter_at
{% endmacro %}
