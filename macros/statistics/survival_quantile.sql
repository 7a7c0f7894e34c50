{#-
    An aggregate over rows of `surviving_shares`: the duration, a double, after which
    the share `left` still lasts (0.5e0: the median, 0.1e0: the 90th percentile). Where
    the curve is level at that share, the middle of the level, as a median is that of
    the middle two. Null where the curve does not come down to it.
-#}
{% macro survival_quantile(duration, left) -%}
    {%- set come_down = "min(case when surviving_share < " ~ left ~ " + 1e-9 then "
        ~ duration ~ " end)" -%}
    {%- set gone_below = "min(case when surviving_share < " ~ left ~ " - 1e-9 then "
        ~ duration ~ " end)" -%}
    (({{ come_down }} + coalesce({{ gone_below }}, {{ come_down }})) / 2.0e0)
{%- endmacro %}
