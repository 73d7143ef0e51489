{% if interfaces %}
# The addresses of the installed system: the installer sets up one family, and asks one name server.
{% if interfaces.interface %}
interface={{ interfaces.interface | shell }}
{% else %}
interface=$(sed -n 's/^iface \([^ ]*\) inet.*/\1/p' /etc/network/interfaces | sed '/^lo$/d' | head -n 1)
if [ -z "$interface" ]; then
  report failed "the installer did not say which interface it uses"
  exit 1
fi
{% endif %}
cat >/target/etc/network/interfaces <<END
# Written by terroir from {{ source.inventory | line }}.
source /etc/network/interfaces.d/*

auto lo
iface lo inet loopback

allow-hotplug $interface
{% for stanza in interfaces.stanzas %}
iface $interface {{ stanza.method }}
{% for line in stanza.lines %}
	{{ line | line }}
{% endfor %}
{% endfor %}
END
{% if interfaces.without_ipv6 %}
echo "net.ipv6.conf.$interface.disable_ipv6 = 1" >/target/etc/sysctl.d/60-terroir-network.conf
{% endif %}
{% if interfaces.dns %}
cat >/target/etc/resolv.conf <<'END'
{% if interfaces.search %}
search {{ interfaces.search | line }}
{% endif %}
{% for server in interfaces.dns %}
nameserver {{ server }}
{% endfor %}
END
{% endif %}
{% endif %}
