#!/bin/sh
# Stands in for the installer of bootc in a test: it looks at what it is told and at the machine that it runs
# in, and writes to the disk what the test looks for. With --filesystem btrfs it fails.
set -eu
[ "$1 $2" = 'install to-disk' ]
shift 2
source='' file_system='' follows='' backend='' loader='' wiped='' generic='' unchecked=''
while [ $# -gt 1 ]; do
  case $1 in
    --source-imgref) source=$2; shift ;;
    --filesystem) file_system=$2; shift ;;
    --target-imgref) follows=$2; shift ;;
    --bootloader) loader=$2; shift ;;
    --composefs-backend) backend=composefs ;;
    --wipe) wiped=yes ;;
    --generic-image) generic=yes ;;
    --skip-fetch-check) unchecked=yes ;;
    *) echo "error: unexpected argument '$1' found"; exit 2 ;;
  esac
  shift
done
device=$1
echo "Installing image: $source to $device"
if [ "$file_system" = btrfs ]; then
  echo "error: Installing to disk: Creating root filesystem: mkfs.btrfs is not here"
  exit 1
fi
[ "$wiped$generic$unchecked$file_system$backend$loader" = yesyesyesext4composefssystemd ]

# The kernel is the image's, the system is prepared as an installer needs it.
[ -e "/usr/lib/modules/$(uname -r)/vmlinuz" ]
[ "$$" != 1 ]
[ -b "$device" ]
[ "$(readlink -f /dev/disk/by-id/virtio-terroir-target)" = "$device" ]
[ -S /run/udev/control ]
touch /var/tmp/x /tmp/x /usr/x /var/lib/containers/x /dev/shm/x
[ "$(stat -f -c %T /tmp)" = tmpfs ]

# The disk is empty; the image is a layout whose blobs are what their names say, on a disk that is only read.
cmp -n 1048576 "$device" /dev/zero
layout=${source#oci:}
[ "$(cat "$layout/oci-layout")" = '{"imageLayoutVersion":"1.0.0"}' ]
if touch "$layout/x" 2>/dev/null; then exit 3; fi
for blob in "$layout"/blobs/sha256/*; do
  echo "${blob##*/}  $blob"
done | sha256sum -c --quiet
manifest=$(grep -o 'sha256:[0-9a-f]*' "$layout/index.json")

sfdisk --quiet "$device" <<TABLE
label: gpt
size=1024MiB, type=uefi, name=EFI-SYSTEM
type=linux, name=root
TABLE
# Partitions are known at once, as they are by udev.
udevadm settle
[ -b /dev/disk/by-partlabel/root ]
mkfs.ext4 -q -L installed /dev/disk/by-partlabel/root
mount /dev/disk/by-partlabel/root /mnt
printf '%s\n' "$manifest" "$follows" "$(nproc)" >/mnt/told
umount /mnt
echo 'Installation complete!'
