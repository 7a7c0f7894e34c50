{#-
    The staging models that a var names; in the demo, where the var names none, its own.
    Fails by the name of the var where it is no list, or where there is no event model.
-#}
{% macro staging_models(models_var) -%}
    {%- set models = var(models_var) -%}
    {%- if not models and project_name == "offpath" -%}
        {%- set models = var("demo_models").get(models_var, []) -%}
    {%- endif -%}
    {%- if models is string or models is not iterable -%}
        {{ exceptions.raise_compiler_error(
            "var " ~ models_var ~ " must be a list of models, not " ~ models
        ) }}
    {%- elif models_var == "event_models" and not models -%}
        {{ exceptions.raise_compiler_error(
            "var event_models is not set: it lists the models of " ~ project_name
            ~ " that yield the event contract"
        ) }}
    {%- endif -%}
    {{ return(models) }}
{%- endmacro %}
