{% if ntp %}
# Time servers: for systemd-timesyncd, and for chrony where that is installed.
mkdir -p /target/etc/systemd/timesyncd.conf.d /target/etc/chrony/sources.d
cat >/target/etc/systemd/timesyncd.conf.d/50-terroir.conf <<'END'
[Time]
NTP={{ ntp | join(" ") | line }}
END
cat >/target/etc/chrony/sources.d/50-terroir.sources <<'END'
{% for server in ntp %}
server {{ server | line }} iburst
{% endfor %}
END
{% endif %}
