# Tells the server of the site how far this machine is; a server that does not answer stops nothing.
report() {
{% if site.reports %}
  curl --silent --show-error --max-time 60 --retry 5 --retry-connrefused \
    --header "X-Terroir-Token: $token" --data-binary "${2:--}" \
    {{ (site.server ~ "/report/" ~ host.name) | shell }}"/$1" >/dev/null || true
{% else %}
  echo "terroir: $1 ${2:-}"
{% endif %}
}
token=$(sed -n 's/.*terroir\.token=\([^ ]*\).*/\1/p' /proc/cmdline)
[ -n "$token" ] || token=$(cat /etc/terroir/token 2>/dev/null || true)
