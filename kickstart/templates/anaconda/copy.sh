set -euo pipefail
umask 077
root=/mnt/sysroot
[ -d "$root/etc" ] || root=/mnt/sysimage
mkdir -p "$root/etc/terroir"
# What the first boot reports with.
sed -n 's/.*terroir\.token=\([^ ]*\).*/\1/p' /proc/cmdline >"$root/etc/terroir/token"
{% if trust.credentials %}
# Updates need the credentials as the installation does.
mkdir -p "$root/etc/ostree"
cp /etc/ostree/auth.json "$root/etc/ostree/auth.json"
chmod 0600 "$root/etc/ostree/auth.json"
{% endif %}
{% if storage.keep_key %}
# Until the first boot has set up what opens the disk; it is on the encrypted disk itself.
cp /tmp/terroir/luks.key "$root/etc/terroir/luks.key"
{% endif %}
{% if trust.registries %}
mkdir -p "$root/etc/containers/registries.conf.d"
cp /etc/containers/registries.conf.d/50-terroir.conf "$root/etc/containers/registries.conf.d/"
chmod 0644 "$root/etc/containers/registries.conf.d/50-terroir.conf"
{% endif %}
{% for authority in trust.authorities %}
mkdir -p "$root/etc/pki/ca-trust/source/anchors"
cp /etc/pki/ca-trust/source/anchors/{{ authority.name }} "$root/etc/pki/ca-trust/source/anchors/"
chmod 0644 "$root/etc/pki/ca-trust/source/anchors/{{ authority.name }}"
{% endfor %}
# Nothing stays that holds a passphrase or a hash.
rm -rf /tmp/terroir
rm -f "$root"/root/{anaconda,original}-ks.cfg "$root"/var/roothome/{anaconda,original}-ks.cfg
