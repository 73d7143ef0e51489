{% if mtu_rules %}
# The largest packet of every device that the address is carried by.
mkdir -p {{ root_folder | default("/target") }}/etc/udev/rules.d
cat >{{ root_folder | default("/target") }}/etc/udev/rules.d/81-terroir-mtu.rules <<'END'
{% for rule in mtu_rules %}
{{ rule | line }}
{% endfor %}
END
{% endif %}
