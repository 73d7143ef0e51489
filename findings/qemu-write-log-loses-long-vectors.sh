#!/usr/bin/env bash
# qemu-io 7.2.22 (Debian 12, qemu-utils 1:7.2+dfsg-7+deb12u18+b3): a write of 1,023 buffers goes well on a raw file,
# and fails when the driver blklogwrites lies over the same file, which takes at most 1,022. A machine whose disk is
# logged sees I/O errors when its virtio disk merges small requests.
# Seen: writes of 1,022 buffers logged, of 1,023 "Invalid argument".
set -euo pipefail
version=1:7.2+dfsg-7+deb12u18+b3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq -o APT::Sandbox::User=root "qemu-utils=$version" libaio1 libfuse3-3 libglib2.0-0 libgnutls30 \
  libhogweed6 libnettle8 libnuma1 liburing2 >/dev/null
for package in ./*.deb; do dpkg-deb -x "$package" tools; done
export LD_LIBRARY_PATH=$work/tools/usr/lib/x86_64-linux-gnu:$work/tools/lib/x86_64-linux-gnu
truncate -s 1M disk
write() { # COUNT OPTION...
  local buffers
  printf -v buffers '512 %.0s' $(seq "$1")
  { tools/usr/bin/qemu-io "${@:2}" -c "writev 0 $buffers" 2>&1 || true; } | head -n 1
}
logged() {
  : >log
  write "$1" --image-opts driver=blklogwrites,file.driver=file,file.filename=disk,log.driver=file,log.filename=log
}
alone=$(write 1023 -f raw disk)
short=$(logged 1022)
long=$(logged 1023)
echo "qemu-io $version: 1023 buffers alone: $alone; logged: 1022: $short; 1023: $long"
[ "$alone" = "wrote 523776/523776 bytes at offset 0" ]
[ "$short" = "wrote 523264/523264 bytes at offset 0" ]
[ "$long" = "writev failed: Invalid argument" ]
