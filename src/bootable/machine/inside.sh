# Runs the tests of the image that this machine runs, and writes what comes of them to a port of the
# virtual machine. `terroir boot --test` gives this to systemd, and fills in BYTES.
set -u
export LC_ALL=C.UTF-8
bytes=@BYTES@
folder=/run/terroir-tests
newline='
'
open_port terroir.tests

# The program is a disk of its own, which nothing else is like.
mkdir -p "$folder"
mount -t tmpfs -o "mode=0700,size=$((bytes + 16777216))" terroir-tests "$folder"
for disk in /sys/block/*; do
  case $(cat "$disk/ro" "$disk/size") in
    "1$newline$(((bytes + 511) / 512))") head -c "$bytes" "/dev/${disk##*/}" >"$folder/terroir" ;;
  esac
done
chmod 0755 "$folder/terroir"
if ! said=$("$folder/terroir" --version 2>&1); then
  printf 'terroir-unfit\n%s\nterroir-end\n' "$said" >&3
  exit 0
fi

# Nothing is left to start before the tests look.
while :; do
  case $(systemctl is-system-running 2>/dev/null) in
    initializing | starting | '') sleep 1 ;;
    *) break ;;
  esac
done
"$folder/terroir" --quiet --store "$folder/store" test --live dir:/ --format json -o "$folder/report" 2>"$folder/said"
code=$?
{
  echo "terroir-ended $code"
  cat "$folder/report" 2>/dev/null
  echo terroir-said
  cat "$folder/said"
  echo terroir-end
} >&3
