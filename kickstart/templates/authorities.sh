{% for authority in authorities %}
cat >/target/usr/local/share/ca-certificates/{{ authority.name }} <<'END'
{{ authority.text | document }}
END
{% endfor %}
{% if authorities %}
{{ in_target }} update-ca-certificates
{% endif %}
