{#-
    Why a case is not valid that counted before its SLO was defined as it is now; null
    where it counted later, or not yet, or where the definition holds since ever.
-#}
{% macro older_definition_reason(counted_at, defined_at) -%}
    case
        when {{ counted_at }} < {{ defined_at }}
            then
                'counted before the definition of '
                || cast({{ defined_at }} as {{ dbt.type_string() }})
    end
{%- endmacro %}
