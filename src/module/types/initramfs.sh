made=
for folder in /usr/lib/modules/*/; do
  kernel=$(basename "$folder")
  # What is left of a removed kernel has neither.
  [ -e "$folder/vmlinuz" ] || [ -d "$folder/kernel" ] || continue
  echo "initramfs of $kernel" >&2
  if command -v dracut >/dev/null; then
    set -- --force --no-hostonly --reproducible
    for module in /usr/lib/dracut/modules.d/*ostree; do
      [ -d "$module" ] && set -- "$@" --add ostree && break
    done
    DRACUT_NO_XATTR=1 dracut "$@" --kver "$kernel" "/usr/lib/modules/$kernel/initramfs.img"
    chmod 0600 "/usr/lib/modules/$kernel/initramfs.img"
  elif command -v update-initramfs >/dev/null; then
    if [ -e "/boot/initrd.img-$kernel" ]; then update-initramfs -u -k "$kernel"
    else update-initramfs -c -k "$kernel"
    fi
  else
    echo 'neither dracut nor update-initramfs is in the root; install dracut in an entry before' >&2
    exit 127
  fi
  made=yes
done
if [ -z "$made" ]; then
  echo 'there is no kernel in /usr/lib/modules; install one in an entry before' >&2
  exit 1
fi
