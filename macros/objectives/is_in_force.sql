{#-
    A condition: whether a target of `targets`, a relation with the columns of
    `int_slo_targets`, holds at an instant. Its last instant belongs to it.
-#}
{% macro is_in_force(targets, instant) -%}
    (
        {{ targets }}.after_at < {{ instant }}
        and {{ targets }}.until_at >= {{ instant }}
    )
{%- endmacro %}
