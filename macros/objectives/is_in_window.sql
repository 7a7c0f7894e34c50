{#-
    A condition: whether a row with `counted_at` counts in the window of `windows`, a
    relation with `window_started_at` and `calendar_window`. A calendar window begins
    with its first instant, a rolling one after it.
-#}
{% macro is_in_window(cases, windows) -%}
    (
        {{ cases }}.counted_at > {{ windows }}.window_started_at
        or (
            {{ windows }}.calendar_window is not null
            and {{ cases }}.counted_at = {{ windows }}.window_started_at
        )
    )
{%- endmacro %}
