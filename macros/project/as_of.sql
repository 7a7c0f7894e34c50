{#-
    The instant a build is as of, a UTC timestamp literal: var `as_of` if set; in
    the demo, the day its log ends; else the start of the run. Fails by name where the
    var is no such instant.
-#}
{% macro as_of() -%}
    {%- set pinned = var("as_of", none) -%}
    {%- if not pinned and project_name == "offpath" -%}
        {%- set pinned = var("demo_as_of", none) -%}
    {%- endif -%}
    {%- set instant = pinned or run_started_at.strftime("%Y-%m-%d %H:%M:%S.%f") -%}
    {{ offpath.instant_literal("as_of", instant) }}
{%- endmacro %}
