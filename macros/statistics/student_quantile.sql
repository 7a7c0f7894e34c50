{#-
    The quantile of Student's distribution with `freedom` degrees of freedom where that
    of the normal one is the number `z`, or `z` itself where `freedom` is null. Source:
    Abramowitz and Stegun (1964), Handbook of Mathematical Functions, 26.7.5. Below 2
    degrees of freedom it is too small (at 1, 6.0 for 6.3), and below 1 that of 1.
-#}
{% macro student_quantile(z, freedom) -%}
    {%- set z = z | float -%}
    {%- set known = "case when " ~ freedom ~ " < 1 then 1 else " ~ freedom ~ " end" -%}
    {%- set terms = [
        (z ** 3 + z) / 4,
        (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
        (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
        (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / 92160,
    ] -%}
    (
        {{ z }}e0
        {%- for term in terms %}
        + coalesce({{ term }}e0 / power({{ known }}, {{ loop.index }}), 0)
        {%- endfor %}
    )
{%- endmacro %}
