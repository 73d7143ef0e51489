# Proves that a hardened root still works as a server. Run inside a view of it.
set -eu
say() { printf 'works: %s\n' "$1"; }

mkdir -p /run/sshd
ssh-keygen -A >/dev/null
sshd -t
say "sshd takes its configuration"

visudo -c >/dev/null
say "sudo takes its configuration"

groupadd --force admins
useradd --create-home --shell /bin/bash --groups sudo,admins tester
useradd --create-home --shell /bin/bash stranger
printf 'tester:Mud-Quiver-7-Lantern\nstranger:Oak-Harbor-3-Violin\n' | chpasswd
say "passwords are set"

runuser -u tester -- sh -c 'echo Mud-Quiver-7-Lantern | sudo -S -p "" -l' | grep -q ALL
say "sudo asks for the password and lists what may be done"
if runuser -u tester -- sh -c 'sudo -k; echo wrong | sudo -S -p "" -l' >/dev/null 2>&1; then
  echo "sudo takes a wrong password" >&2
  exit 1
fi
say "sudo refuses a wrong password"
faillock --user tester --reset 2>/dev/null || true

{ sleep 1; echo tester; sleep 1; echo Mud-Quiver-7-Lantern; sleep 2; echo 'echo I am $(id -un); exit'; sleep 1; } |
  script --quiet --return --command login /run/typescript >/dev/null || true
grep -q 'I am tester' /run/typescript || { cat /run/typescript >&2; exit 1; }
say "a user logs in at a terminal"

if runuser -u stranger -- sh -c 'echo Mud-Quiver-7-Lantern | su -c true tester' >/dev/null 2>&1; then
  echo "su lets a stranger be another user" >&2
  exit 1
fi
say "su is for nobody but root"

units=$(systemctl list-unit-files --state=enabled --no-legend --plain | cut -d' ' -f1 | grep -v '@\.')
systemd-analyze verify --man=no $units
say "the units that are enabled are whole"

mkdir -p /run/package/DEBIAN /run/package/usr/share/terroir-test
echo content > /run/package/usr/share/terroir-test/file
cat > /run/package/DEBIAN/control <<END
Package: terroir-test
Version: 1
Architecture: all
Maintainer: nobody <nobody@example.org>
Description: a file
END
dpkg-deb --build /run/package /run/terroir-test.deb >/dev/null
apt-get install --yes --quiet /run/terroir-test.deb >/run/apt.log 2>&1 || { cat /run/apt.log >&2; exit 1; }
grep -q content /usr/share/terroir-test/file
say "apt installs a package"
