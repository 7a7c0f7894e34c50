{#-
    The UTC timestamp of a local one in an IANA time zone, both SQL expressions; null if
    either is. A wall time that a change of the clock skips is moved on by what was
    skipped (02:30 becomes 03:30); of one that comes twice it is the second.
-#}
{% macro local_to_utc(local_timestamp, timezone) -%}
    {{ return(adapter.dispatch("local_to_utc", "offpath")(local_timestamp, timezone)) }}
{%- endmacro %}

{% macro default__local_to_utc(local_timestamp, timezone) -%}
    timezone('UTC', timezone({{ timezone }}, {{ local_timestamp }}))
{%- endmacro %}

{#-
    Spark takes the first of two. The second has the offset of three hours later, and so
    is found from there, if it is one: it shows the same wall time.
-#}
{% macro spark__local_to_utc(local_timestamp, timezone) -%}
    {%- set first = "to_utc_timestamp(" ~ local_timestamp ~ ", " ~ timezone ~ ")" -%}
    {%- set second -%}
        to_utc_timestamp({{ local_timestamp }} + interval 3 hours, {{ timezone }})
        - interval 3 hours
    {%- endset -%}
    case
        when from_utc_timestamp({{ second }}, {{ timezone }}) = {{ local_timestamp }}
            then {{ second }}
        else {{ first }}
    end
{%- endmacro %}
