{#-
    The register of the families of rules, by name. Of each:

    - models: those that yield its detections; of a family of the package,
      `int_<family>_exceptions`
    - subject: what its exceptions are about: case, segment or journey
    - parameters: columns of its seed, `<family>_rules`, each with what it names (event,
      state, segment or calendar) or none; null where its rules have no seed

    The families of var `custom_exception_models` stand beside those of the package: of
    a list of models all rules are of family `custom`, and a mapping names the family of
    each model, or list of models. Fails by the name of a family that is there already.
-#}
{% macro exception_families() -%}
    {%- set families = {
        "latency": {
            "subject": "case",
            "parameters": {
                "state": "state",
                "threshold_minutes": none,
                "calendar": "calendar",
            },
        },
        "quality": {
            "subject": "segment",
            "parameters": {
                "defect_event": "event",
                "opportunity_event": "event",
                "segment_by": "segment",
                "window_days": none,
                "threshold_share": none,
            },
        },
        "completeness": {
            "subject": "case",
            "parameters": {
                "gate_event": "event",
                "field": none,
                "expectation": none,
                "arguments": none,
            },
        },
        "conformance": {
            "subject": "case",
            "parameters": {
                "template": none,
                "activation_event": "event",
                "target_event": "event",
                "within_minutes": none,
                "calendar": "calendar",
            },
        },
        "volume": {
            "subject": "segment",
            "parameters": {
                "event_name": "event",
                "segment_by": "segment",
                "window_minutes": none,
                "direction": none,
                "ratio": none,
                "minimum_count": none,
                "comparable": none,
                "baseline_windows": none,
            },
        },
        "budget": {
            "subject": "journey",
            "parameters": {"tier": none},
        },
    } -%}
    {%- for name, family in families.items() -%}
        {%- do family.update({"models": ["int_" ~ name ~ "_exceptions"]}) -%}
    {%- endfor -%}
    {%- set named = var("custom_exception_models") -%}
    {%- set custom = named if named is mapping
        else ({"custom": named} if named else {}) -%}
    {%- for name, models in custom.items() -%}
        {%- if name in families -%}
            {{ exceptions.raise_compiler_error(
                "var custom_exception_models: the package has a family " ~ name
                ~ ", so models of your own need another name"
            ) }}
        {%- endif -%}
        {%- do families.update({name: {
            "models": [models] if models is string else models,
            "subject": "case",
            "parameters": none,
        }}) -%}
    {%- endfor -%}
    {{ return(families) }}
{%- endmacro %}
