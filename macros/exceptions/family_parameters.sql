{#-
    Parameters of rules that name something of a kind (event, state, segment or
    calendar), as pairs of a seed and its column. What narrows a conformance rule stands
    in a seed of its own.
-#}
{% macro family_parameters(kind) -%}
    {%- set found = [] -%}
    {%- for name, family in offpath.exception_families().items()
        if family.parameters -%}
        {%- for column, names in family.parameters.items() if names == kind -%}
            {%- do found.append((name ~ "_rules", column)) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- if kind == "segment" -%}
        {%- do found.append(("conformance_conditions", "condition_attribute")) -%}
    {%- endif -%}
    {{ return(found) }}
{%- endmacro %}
