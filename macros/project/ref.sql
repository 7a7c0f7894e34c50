{#-
    Takes the place of dbt's own `ref` in the models and tests of this package. A
    definition is the seed of that name in the root project, or, where it does not bring
    it, `rows_of_absent`. All else is this package's own, whatever the root project
    calls its models, except a model that the root project names in a var: that one is
    written `ref(project_name, name)`, and may be of another package of the root
    project. So it is the same in whichever order dbt looks through projects, and dbt
    has nothing to warn of.

    What is not of this package (a test of this package on a model of another) keeps
    dbt's own. To tell what the root project brings, it looks at what dbt has parsed of
    it, which comes before its packages; `definitions_checked` refuses what came later.
-#}
{% macro ref(first, second=none) -%}
    {#- A model in Python looks its inputs up by the words it names them with. -#}
    {%- if first == project_name and second is not none
        and "model." ~ first ~ "." ~ second not in builtins.ref.manifest.nodes -%}
        {{ return(builtins.ref(second, **kwargs)) }}
    {%- elif second is not none -%}
        {{ return(builtins.ref(first, second, **kwargs)) }}
    {%- elif project_name == "offpath" or model.package_name != "offpath"
        or model.get("language") == "python" -%}
        {{ return(builtins.ref(first, **kwargs)) }}
    {%- elif not offpath.is_definition(first) -%}
        {{ return(builtins.ref("offpath", first)) }}
    {%- elif offpath.is_brought(first) -%}
        {{ return(builtins.ref(project_name, first)) }}
    {%- elif "ref('" ~ first ~ "')"
        in model.get("test_metadata", {}).get("kwargs", {}).get("model", "") -%}
        {#- A test of a seed that is not there: dbt drops it. -#}
        {{ return(builtins.ref(first)) }}
    {%- endif -%}
    {{ return(offpath.rows_of_absent(first)) }}
{%- endmacro %}
