set -euo pipefail
umask 077
mkdir -p /tmp/terroir

{% include "anaconda/report.sh" %}
fail() {
  echo "terroir: $*" >&2
  report failed "$*"
  exit 1
}
trap 'fail "the preparation stopped in line $LINENO"' ERR
{% if secrets %}
# Asks the server of the site for a secret of this machine.
secret() {
  curl --fail --silent --show-error --max-time 60 --retry 5 --retry-connrefused \
    --header "X-Terroir-Token: $token" \
    {{ (site.secrets ~ "/secrets/" ~ host.name) | shell }}"/$1" || fail "the server does not hand out the secret $1"
}
# Refuses what would leave the quotes that it is written into.
word() {
  case $2 in
    '' | *[\"\\]* | *$'\n'*) fail "the secret $1 is empty or has quotes, backslashes or line ends" ;;
  esac
}
{% endif %}
report installing

{% if trust.authorities %}
# Authorities
{% for authority in trust.authorities %}
cat >/etc/pki/ca-trust/source/anchors/{{ authority.name }} <<'END'
{{ authority.text | document }}
END
{% endfor %}
update-ca-trust extract

{% endif %}
{% if trust.registries %}
# Registries
mkdir -p /etc/containers/registries.conf.d
cat >/etc/containers/registries.conf.d/50-terroir.conf <<'END'
{{ trust.registries | document }}
END

{% endif %}
{% if trust.signed %}
# Signatures: nothing but images of this key is accepted.
mkdir -p /etc/pki/containers /etc/containers/registries.d
cat >/etc/pki/containers/terroir.pub <<'END'
{{ trust.key | document }}
END
cat >/etc/containers/policy.json <<'END'
{{ trust.policy | document }}
END
cat >/etc/containers/registries.d/50-terroir.yaml <<'END'
{{ trust.attachments | document }}
END

{% endif %}
{% if trust.credentials %}
# Credentials of the registry
mkdir -p /etc/ostree
credentials=$(secret {{ trust.credentials | shell }})
printf '%s\n' "$credentials" >/etc/ostree/auth.json

{% endif %}
# Disks: whatever is not the one that is meant stops the installation before anything is wiped.
{% include "disk.sh" %}
{% if storage.dynamic %}
{% if storage.passphrase == "asked" %}
passphrase=$(secret passphrase)
word passphrase "$passphrase"
{% elif storage.passphrase == "made" %}
passphrase=$(head -c 32 /dev/urandom | base64 -w0)
{% endif %}
{% if storage.passphrase and storage.keep_key %}
printf '%s' "$passphrase" >/tmp/terroir/luks.key
{% endif %}
cat >>/tmp/terroir/storage.ks <<END
{% for line in storage.lines %}
{{ line | line }}
{% endfor %}
END
{% if storage.efi_lines %}
if [ -d /sys/firmware/efi ]; then
  cat >>/tmp/terroir/storage.ks <<END
{% for line in storage.efi_lines %}
{{ line | line }}
{% endfor %}
END
else
  cat >>/tmp/terroir/storage.ks <<END
{% for line in storage.bios_lines %}
{{ line | line }}
{% endfor %}
END
fi
{% endif %}
{% endif %}
{% if secret_commands %}

# Passwords
{% for command in secret_commands %}
{{ command.variable }}=$(secret {{ command.secret | shell }})
word {{ command.secret | shell }} "${{ command.variable }}"
{% endfor %}
cat >>/tmp/terroir/people.ks <<END
{% for command in secret_commands %}
{{ command.line | line }}
{% endfor %}
END
{% endif %}
