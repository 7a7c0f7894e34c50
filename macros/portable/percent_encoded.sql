{#-
    A text as it may stand in an address: every byte of its UTF-8 but letters and digits
    of ASCII and `-._~` as `%` and two hexadecimal digits (RFC 3986, section 2); null
    where the text is.
-#}
{% macro percent_encoded(text_expression) -%}
    {{ return(adapter.dispatch("percent_encoded", "offpath")(text_expression)) }}
{%- endmacro %}

{% macro default__percent_encoded(text_expression) -%}
    url_encode({{ text_expression }})
{%- endmacro %}

{#- As a form has it: a blank is `+`, `*` stays and `~` does not. -#}
{% macro spark__percent_encoded(text_expression) -%}
    replace(
        replace(replace(url_encode({{ text_expression }}), '+', '%20'), '*', '%2A'),
        '%7E',
        '~'
    )
{%- endmacro %}
