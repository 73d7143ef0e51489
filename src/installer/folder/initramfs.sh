# initramfs [--medium STUB MODULES] PROGRAM=PACKAGE...: puts the kernel of this root and an initramfs with the installer into /tmp/installer,
# and notes there what the root lacks for it. For a medium it adds what starts one; STUB is what GRUB reads first.
out=/tmp/installer tree=/usr/share/terroir-installer modules=/usr/lib/dracut/modules.d
# Its name is in the image, so it is the same each time; nothing else has this /run.
work=/run/terroir-installer
mkdir "$out" "$work"
if [ "$1" = --medium ]; then
  for file in /usr/lib/os-release /usr/lib/shim/*.efi /usr/lib/shim/*.efi.signed /usr/lib/grub/*-efi-signed/grub*.efi.signed; do
    [ ! -f "$file" ] || cp --no-preserve=all "$file" "$out/boot-${file##*/}"
  done
  grub=/usr/lib/grub/i386-pc
  if [ -f $grub/cdboot.img ] && [ -f $grub/boot_hybrid.img ] && command -v grub-mkimage >/dev/null; then
    printf '%s' "$2" >"$work/stub"
    # Modules are words.
    # shellcheck disable=SC2086
    grub-mkimage -O i386-pc-eltorito -d $grub -p /boot/grub -c "$work/stub" -o "$out/boot-eltorito.img" $3
    cp --no-preserve=all $grub/boot_hybrid.img "$out/boot-boot_hybrid.img"
  fi
  shift 3
fi
read -r cycle </usr/lib/terroir/life-cycle
programs=
[ "$cycle" != ostree ] || set -- "$@" ostree=ostree
for pair in terroir=terroir "$@"; do
  if place=$(command -v "${pair%%=*}"); then programs="$programs $place"; else echo "$pair" >>"$out/lacks"; fi
done
# mtools reads names on FAT by that table, which the C library loads.
tables=
for folder in /usr/lib/*/gconv /usr/lib/gconv /usr/lib64/gconv; do
  [ -f "$folder/IBM850.so" ] || continue
  for table in "$folder/IBM850.so" "$folder"/gconv-modules "$folder"/gconv-modules.cache "$folder"/gconv-modules.d/*; do
    [ ! -f "$table" ] || tables="$tables $table"
  done
done
[ -n "$tables" ] || echo IBM850.so=libc-gconv-modules-extra >>"$out/lacks"
for module in systemd-networkd kernel-network-modules; do
  [ -n "$(find "$modules" -maxdepth 1 -name "[0-9]*$module" 2>/dev/null)" ] || echo "$module=dracut-network" >>"$out/lacks"
done
[ -x /usr/lib/systemd/systemd-networkd ] || echo systemd-networkd=systemd >>"$out/lacks"
for image in /usr/lib/modules/*/vmlinuz /boot/vmlinuz-*; do
  [ -f "$image" ] || continue
  case $image in
    /boot/*) kernel=${image#/boot/vmlinuz-} ;;
    *) kernel=${image#/usr/lib/modules/} kernel=${kernel%/vmlinuz} ;;
  esac
  grep -qxF "$kernel" "$out/kernels" 2>/dev/null || echo "$kernel" >>"$out/kernels"
  cp --no-preserve=all "$image" "$out/vmlinuz"
done
# Loaders for the network, signed by whoever signed the kernel.
for pair in shimx64.efi=/usr/lib/shim/shimx64.efi.signed \
  grubx64.efi=/usr/lib/grub/x86_64-efi-signed/grubnetx64.efi.signed; do
  [ ! -f "${pair#*=}" ] || cp --no-preserve=all "${pair#*=}" "$out/${pair%%=*}"
done
[ ! -d /usr/lib/bootc/kargs.d ] || cp -r /usr/lib/bootc/kargs.d "$out/kargs.d"
[ ! -e "$out/lacks" ] && [ "$(wc -l <"$out/kernels")" = 1 ] || exit 0
read -r kernel <"$out/kernels"
depmod "$kernel"
set -- --install "$programs $tables" --include "$tree" /
[ ! -s /etc/ssl/certs/ca-certificates.crt ] ||
  set -- "$@" --include /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
[ ! -d /usr/lib/locale/C.utf8 ] || set -- "$@" --include /usr/lib/locale/C.utf8 /usr/lib/locale/C.utf8
if ! DRACUT_NO_XATTR=1 dracut --force --no-hostonly --reproducible --tmpdir "$work" --no-early-microcode \
  --omit ostree --modules 'base systemd systemd-initrd systemd-networkd kernel-modules kernel-network-modules udev-rules' \
  --compress 'zstd -9 -q -T0' "$@" --kver "$kernel" "$work/image" >"$work/log" 2>&1 ||
  grep -q '^dracut\[[EF]\]' "$work/log"; then
  grep '^dracut\[[EFW]\]' "$work/log" >&2 || tail -n 20 "$work/log" >&2
  exit 1
fi
[ -s "$work/image" ] || { echo 'dracut made no image' >&2; tail -n 20 "$work/log" >&2; exit 1; }
cp --no-preserve=all "$work/image" "$out/initramfs.img"
chmod 0644 "$out/initramfs.img"
