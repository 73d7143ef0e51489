# initramfs KERNEL IMAGE LIST [MODULE...]: makes IMAGE, and writes the paths in it to LIST.
kernel=$1 image=$2 list=$3
shift 3
if ! command -v dracut >/dev/null; then
  echo 'dracut is not in the root; the layer `bootable` installs it' >&2
  exit 127
fi
# Its name is in the image, so it is the same each time; nothing else has this /run.
work=/run/terroir-initramfs
rm -rf "$work"
mkdir "$work"
for module; do
  for folder in /usr/lib/dracut/modules.d/*"$module"; do
    [ -d "$folder" ] || { echo "dracut has no module $module; a package brings it (Debian: ostree-boot)" >&2; exit 1; }
  done
done
# For no machine in particular dracut takes no volume of crypttab: take those that say the initramfs opens them.
volumes=$work/crypttab
[ ! -f /etc/crypttab ] || awk '!/^[[:space:]]*#/ && $4 ~ /(^|,)(x-initrd\.attach|force)(,|$)/' /etc/crypttab >"$volumes"
set -- ${1:+--add "$*"}
[ ! -s "$volumes" ] || set -- "$@" --add crypt --include "$volumes" /etc/crypttab
# A module that came since the kernel's package is found by its name only then.
depmod "$kernel"
if ! DRACUT_NO_XATTR=1 dracut --force --no-hostonly --reproducible --keep --tmpdir "$work" \
  "$@" --kver "$kernel" "$work/image" >"$work/log" 2>&1 || grep -q '^dracut\[[EF]\]' "$work/log"; then
  grep '^dracut\[[EFW]\]' "$work/log" >&2 || tail -n 20 "$work/log" >&2
  exit 1
fi
[ -s "$work/image" ] || { echo 'dracut made no image' >&2; tail -n 20 "$work/log" >&2; exit 1; }
cp --no-preserve=all --remove-destination "$work/image" "$image"
chmod 0600 "$image"
(cd "$work"/dracut.*/initramfs && find . ! -type d) | sed 's/^\.//' | LC_ALL=C sort >"$list"
rm -rf "$work"
