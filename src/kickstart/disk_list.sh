# Lists disks; it follows the template disk.sh, whose functions and variables it uses.
# shellcheck disable=SC2034,SC2154
text() { printf '%s' "$1" | tr -s '[:space:]' ' ' | sed 's/^ //; s/ $//'; }
twins=''
note_used
for entry in /sys/block/*; do
  name=${entry##*/}
  case $name in loop* | ram* | zram* | nbd* | fd[0-9]*) continue ;; esac
  value "$entry/size"
  mib=$((${found:-0} / 2048)) why='' on=''
  connection "$name"
  hopeless "$name" "$mib"
  [ -z "$why" ] || continue
  about=$(told "$name")
  unsafe "$name" "$about"
  if [ -z "$why" ] && is_medium "$name" "$about"; then why='is a medium that something is installed from'; fi
  value "$entry/device/model"
  model=$(text "$found")
  serial=''
  for key in SCSI_IDENT_SERIAL ID_SCSI_SERIAL ID_SERIAL_SHORT ID_SERIAL; do
    [ -n "$serial" ] || { property "$about" "$key"; serial=$(text "$found"); }
  done
  for part in "$entry" "$entry/$name"*; do
    [ -e "$part" ] || continue
    inside=$(told "${part##*/}")
    property "$inside" ID_FS_TYPE
    kind=$found
    property "$inside" ID_FS_LABEL
    if [ "$part" != "$entry" ]; then on="$on, ${part##*/}${kind:+ $kind}${found:+ ($(text "$found"))}"
    elif [ -n "$kind" ]; then on="$on, $kind${found:+ ($(text "$found"))}"; fi
  done
  printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$name" "$mib" "$connection${model:+ }$model" "$serial" "${on#, }" "$why"
done
