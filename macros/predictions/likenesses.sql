{#-
    In what cases are alike, the closest first: a case is compared with past ones that
    were alike in all of these columns of `int_targets_learnt`, and where too few of
    them are, with those of the next likeness.
-#}
{% macro likenesses() -%}
    {{ return({
        "last two events, severity, time in the case, time left": [
            "event_name",
            "previous_event_name",
            "severity",
            "elapsed_class",
            "left_class",
        ],
        "last two events, time in the case, time left": [
            "event_name", "previous_event_name", "elapsed_class", "left_class"
        ],
        "last event, time in the case, time left": [
            "event_name", "elapsed_class", "left_class"
        ],
        "last event, roughly the time left": ["event_name", "rough_left_class"],
        "last event": ["event_name"],
        "journey": [],
    }) }}
{%- endmacro %}
