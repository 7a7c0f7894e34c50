{#-
    What the rows of a kind said one after the other, of those keys alone of which they
    said more than one thing: the columns of the key, `columns`, `known_from`
    (inclusive) and `known_until` (exclusive). What came first holds since ever, for a
    source is read some time after a case began; any other from when it landed. What is
    null says nothing until something was said, and takes it back from then on.

    `classified` is a CTE of rows of `int_<kind>s_classified`; `columns` are of the
    contract. Of rows that landed at one instant the one counts that is accepted, as
    `classified_rows` ranks them.
-#}
{% macro versions_of(kind, classified, columns) %}
    {%- set key = offpath.contract_columns(kind, "key") | join(", ") -%}
    {%- set said = columns | join(", ") -%}
    with

    replaced as (

        select distinct {{ key }}
        from {{ classified }}
        where disposition = 'redelivered'

    ),

    ranked as (

        select
            {{ key }},
            {{ said }},
            loaded_at,
            row_number() over (
                partition by {{ key }}, loaded_at
                order by {{ offpath.newest_first(kind) }}
            ) as delivery_rank

        from {{ classified }}
        where
            disposition in ('accepted', 'redelivered')
            and ({{ key }}) in (select * from replaced)

    ),

    filled as (

        select
            {{ key }},
            {%- for column in columns %}
            case
                when count({{ column }}) over until_then = 0
                    then {{ offpath.last_not_null(column, "from_the_end") }}
                else {{ column }}
            end as {{ column }},
            {%- endfor %}
            loaded_at

        from ranked
        where delivery_rank = 1
        window
            until_then as (
                partition by {{ key }}
                order by loaded_at
                rows between unbounded preceding and current row
            ),
            from_the_end as (
                partition by {{ key }}
                order by loaded_at desc
                rows between unbounded preceding and current row
            )

    ),

    compared as (

        select
            {{ key }},
            {{ said }},
            loaded_at,
            {%- for column in columns %}
            lag({{ column }}) over in_order as previous_{{ column }},
            {%- endfor %}
            row_number() over in_order as landing_number

        from filled
        window in_order as (partition by {{ key }} order by loaded_at)

    ),

    spans as (

        select
            {{ key }},
            {{ said }},
            case
                when landing_number = 1 then cast('1000-01-01' as timestamp)
                else loaded_at
            end as known_from,
            lead(loaded_at, 1, cast('9999-12-31' as timestamp)) over (
                partition by {{ key }} order by loaded_at
            ) as known_until,
            count(*) over (partition by {{ key }}) as version_count

        from compared
        where
            landing_number = 1
            {%- for column in columns %}
            or {{ column }} is distinct from previous_{{ column }}
            {%- endfor %}

    )

    select
        {{ key }},
        {{ said }},
        known_from,
        known_until

    from spans
    where version_count > 1
{% endmacro %}
