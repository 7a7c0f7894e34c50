{#-
    A condition: whether a row with `counted_at` counts from where a window begins, of
    `windows`, a relation with `window_started_at` and `calendar_window`: a calendar
    window with its first instant, a rolling one after it. Where it ends is not asked.
-#}
{% macro is_since_window_start(cases, windows) -%}
    (
        {{ cases }}.counted_at > {{ windows }}.window_started_at
        or (
            {{ windows }}.calendar_window is not null
            and {{ cases }}.counted_at = {{ windows }}.window_started_at
        )
    )
{%- endmacro %}
