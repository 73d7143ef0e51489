# layout: where an image-based root has the folders at its top, and dpkg's database; the kernel is in its place.
find /boot -mindepth 1 -delete
rm -f /vmlinuz /vmlinuz.old /initrd.img /initrd.img.old

# What stands in the folder goes to the place that the link leads to.
to_link() {
  top=$1 place=$2
  [ -L "/$top" ] && return
  if [ -d "/$top" ]; then
    mkdir -p "/$place"
    chmod --reference="/$top" "/$place"
    chown --reference="/$top" "/$place"
    cp -a --no-target-directory "/$top" "/$place"
    rm -rf "/${top:?}"
  else
    mkdir -p "/$place"
  fi
  ln -s "$place" "/$top"
}

# Programs below /opt come with the image, so they belong below /usr; /opt leads to them.
if [ ! -L /opt ]; then
  mkdir -p /var/opt
  for path in /opt/* /opt/.[!.]*; do
    [ -e "$path" ] || [ -L "$path" ] || continue
    name=${path#/opt/}
    mkdir -p /usr/lib/opt
    rm -rf "/usr/lib/opt/${name:?}"
    cp -a --no-target-directory "$path" "/usr/lib/opt/$name"
    rm -rf "$path"
    ln -sfn "/usr/lib/opt/$name" "/var/opt/$name"
  done
fi
to_link opt var/opt
to_link home var/home
to_link srv var/srv
to_link mnt var/mnt
to_link root var/roothome

# Removable media are mounted below /run.
if [ ! -L /media ]; then
  if [ -d /media ]; then
    find /media -mindepth 1 -depth -type d -empty -delete
    find /media -mindepth 1 -type l -delete
    rmdir /media || { echo "/media holds files, and an image has a link to /run/media there: put them elsewhere" >&2; exit 1; }
  fi
  ln -s run/media /media
fi

mkdir -p /sysroot /efi /boot
[ -L /ostree ] || [ -e /ostree ] || ln -s sysroot/ostree /ostree

# /var is empty on a new machine; packages, audits and scanners still find dpkg's database.
if [ -d /var/lib/dpkg ] && [ ! -L /var/lib/dpkg ]; then
  mkdir -p /usr/lib/sysimage
  rm -rf /usr/lib/sysimage/dpkg
  cp -a --no-target-directory /var/lib/dpkg /usr/lib/sysimage/dpkg
  rm -rf /var/lib/dpkg
  ln -s ../../usr/lib/sysimage/dpkg /var/lib/dpkg
fi
