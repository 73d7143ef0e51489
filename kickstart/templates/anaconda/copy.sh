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
{% if trust.signed %}
# Updates are verified as the installation is: the key, where signatures lie, and the rule. What the
# image demands of other registries stays; what it accepts without a rule is refused.
mkdir -p "$root/etc/pki/containers" "$root/etc/containers/registries.d"
cp /etc/pki/containers/terroir.pub "$root/etc/pki/containers/terroir.pub"
cp /etc/containers/registries.d/50-terroir.yaml "$root/etc/containers/registries.d/50-terroir.yaml"
python3 - /etc/containers/policy.json "$root/etc/containers/policy.json" <<'END'
import json, os, sys
own = json.load(open(sys.argv[1]))
path = sys.argv[2]
policy = json.load(open(path)) if os.path.exists(path) else {}
accepted = [rule.get("type") for rule in policy.get("default", [])]
if not accepted or "insecureAcceptAnything" in accepted:
    policy["default"] = own["default"]
docker = policy.setdefault("transports", {}).setdefault("docker", {})
docker.update(own["transports"]["docker"])
open(path, "w").write(json.dumps(policy, indent=2) + "\n")
END
chmod 0644 "$root/etc/pki/containers/terroir.pub" "$root/etc/containers/registries.d/50-terroir.yaml" \
  "$root/etc/containers/policy.json"
chmod 0755 "$root/etc/pki/containers" "$root/etc/containers" "$root/etc/containers/registries.d"
{% endif %}
{% for authority in trust.authorities %}
mkdir -p "$root/etc/pki/ca-trust/source/anchors"
cp /etc/pki/ca-trust/source/anchors/{{ authority.name }} "$root/etc/pki/ca-trust/source/anchors/"
chmod 0644 "$root/etc/pki/ca-trust/source/anchors/{{ authority.name }}"
{% endfor %}
# Nothing stays that holds a passphrase or a hash.
rm -rf /tmp/terroir
rm -f "$root"/root/{anaconda,original}-ks.cfg "$root"/var/roothome/{anaconda,original}-ks.cfg
