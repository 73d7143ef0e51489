token=$(sed -n 's/.*terroir\.token=\([^ ]*\).*/\1/p' /proc/cmdline)
report() {
{% if site.reports %}
  wget -q -O /dev/null --header "X-Terroir-Token: $token" --post-data "${2:--}" \
    {{ (site.server ~ "/report/" ~ host.name) | shell }}"/$1" || true
{% else %}
  logger -t terroir "$1 ${2:-}"
{% endif %}
}
