{#-
    The mean of the middle half of a list of doubles: without the lowest and the highest
    quarter, whole elements, so that of three or fewer it is their mean and of four the
    median. Null where the list is, or is empty.
-#}
{% macro middle_mean(list) -%}
    {{ return(adapter.dispatch("middle_mean", "offpath")(list)) }}
{%- endmacro %}

{% macro default__middle_mean(list) -%}
    list_avg(
        list_slice(
            list_sort({{ list }}),
            len({{ list }}) // 4 + 1,
            len({{ list }}) - len({{ list }}) // 4
        )
    )
{%- endmacro %}

{% macro spark__middle_mean(list) -%}
    aggregate(
        slice(
            array_sort({{ list }}),
            size({{ list }}) div 4 + 1,
            size({{ list }}) - 2 * (size({{ list }}) div 4)
        ),
        cast(0 as double),
        (total, element) -> total + element
    ) / nullif(size({{ list }}) - 2 * (size({{ list }}) div 4), 0)
{%- endmacro %}
