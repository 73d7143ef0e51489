# Which disk is installed to. This text is the same in every installer and asks /sys, /proc and udev
# alone, so that every installer gives the same answer.
export LC_ALL=C
# The first line of a file, as `found`; empty where there is none.
value() {
  found=''
  [ ! -r "$1" ] || IFS= read -r found <"$1" || true
}
# A property of those that udev tells, as `found`: PROPERTIES NAME.
property() {
  found=''
  while IFS= read -r line; do
    case $line in "$2="*) found=${line#*=} ;; esac
  done <<END
$1
END
}
told() { udevadm info --query=property --name="/dev/$1" 2>/dev/null || true; }
# Whether two texts are the same but for the space around and between words, as lsblk shows them.
same() {
  case $1 in
    *[[:space:]]*) [ "$(printf '%s\n' "$1" | sed 's/[[:space:]]\{1,\}/ /g; s/^ //; s/ $//')" = "$2" ] ;;
    *) [ "$1" = "$2" ] ;;
  esac
}
# Whether a link below /dev/disk leads to a disk: FOLDER PATTERN NAME.
is_linked() {
  for link in "/dev/disk/$1"/*; do
    # The pattern is meant as one.
    # shellcheck disable=SC2254
    case ${link##*/} in
      $2) [ "$(readlink -f "$link")" != "/dev/$3" ] || return 0 ;;
    esac
  done
  return 1
}
# Whether a disk has a serial number that some version of lsblk shows: NAME PROPERTIES SERIAL.
has_serial() {
  known=''
  for key in SCSI_IDENT_SERIAL ID_SCSI_SERIAL ID_SERIAL_SHORT; do
    property "$2" "$key"
    known=$known$found
    [ -z "$found" ] || ! same "$found" "$3" || return 0
  done
  property "$2" ID_SERIAL
  [ -n "$known" ] || [ -z "$found" ] || ! same "$found" "$3" || return 0
  for file in "/sys/block/$1/device/serial" "/sys/block/$1/serial"; do
    value "$file"
    [ -z "$found" ] || ! same "$found" "$3" || return 0
  done
  return 1
}
# How a disk is connected, as `connection` in the words of `type`; `network` and `unknown` are no
# words of it. Tells `place` too, where the kernel has it.
connection() {
  place=$(readlink -f "/sys/block/$1")
  case $1 in
    vd* | xvd*) connection=virtio; return ;;
    mmcblk*) connection=mmc; return ;;
    nvme*)
      connection=nvme
      for file in "/sys/block/$1/device/transport" "/sys/block/$1"/device/nvme*/transport; do
        value "$file"
        case $found in '' | pcie) ;; *) connection=network ;; esac
      done
      return ;;
  esac
  connection=unknown
  case $place in
    */usb[0-9]*) connection=usb; return ;;
    */virtio[0-9]*) connection=virtio; return ;;
    */host[0-9]*) ;;
    *) return ;;
  esac
  host=${place#*/host}
  host=host${host%%/*}
  for class in fc_host iscsi_host srp_host; do
    if [ -e "/sys/class/$class/$host" ]; then connection=network; return; fi
  done
  value "/sys/class/scsi_host/$host/proc_name"
  if [ -e "/sys/block/$1/device/ieee1394_id" ]; then
    connection=network
  elif [ -e "/sys/class/sas_host/$host" ] || [ -e "/sys/block/$1/device/sas_device" ]; then
    connection=sas
  else
    case $found in *ata* | ahci*) connection=sata ;; *) connection=controller ;; esac
  fi
}
# The world wide name among properties, as `found`.
wwn() {
  property "$1" ID_WWN_WITH_EXTENSION
  [ -n "$found" ] || property "$1" ID_WWN
}
# Whether another disk shows the same world wide name, which is then another path to it: NAME WWN.
has_twin() {
  if [ -z "$twins" ]; then
    twins=' '
    for twin in /sys/block/sd*; do
      wwn "$(told "${twin##*/}")"
      [ -z "$found" ] || twins="$twins ${twin##*/}=$found "
    done
  fi
  case $twins in
    *" $1=$2 "*"=$2 "* | *"=$2 "*" $1=$2 "*) ;;
    *) return 1 ;;
  esac
}
# Notes, as `used`, what is mounted or swapped to: by name and by number.
note_used() {
  used=' '
  while read -r _ _ number _ rest; do
    rest=${rest##* - }
    rest=${rest#* }
    used="$used$number ${rest%% *} "
  done </proc/self/mountinfo
  while read -r swap _; do used="$used$swap "; done </proc/swaps
  for file in /sys/block/loop*/loop/backing_file; do
    value "$file"
    used="$used$found "
  done
  for device in $used; do
    case $device in /dev/*) device=$(readlink -f "$device") used="$used${device#/dev/} " ;; esac
  done
}
# Whether a device, a partition of it or what is made of them is in use.
is_used() {
  value "/sys/class/block/$1/dev"
  case $used in *" $1 "* | *" ${found:-none} "*) return 0 ;; esac
  for above in "/sys/class/block/$1/$1"* "/sys/class/block/$1"/holders/*; do
    if [ -e "$above" ] && (is_used "${above##*/}"); then return 0; fi
  done
  return 1
}
# Whether a disk holds what installs: NAME PROPERTIES.
is_medium() {
  property "$2" ID_FS_TYPE
  case $found in iso9660 | udf) return 0 ;; esac
  for part in "/sys/block/$1" "/sys/block/$1/$1"*; do
    [ -e "$part" ] || continue
    property "$(told "${part##*/}")" ID_FS_LABEL
    case $found in OEMDRV | CIDATA | cidata) return 0 ;; esac
  done
  return 1
}
# Says, as `why`, in what a disk is not the one that is asked for: NAME MIB; tells `about`.
unlike() {
  if [ -n "$want_least" ] && [ "$2" -lt "$want_least" ]; then why='is too small'; return; fi
  if [ -n "$want_most" ] && [ "$2" -gt "$want_most" ]; then why='is too large'; return; fi
  if [ -n "$want_kind" ] && [ "$connection" != "$want_kind" ]; then why='has another type'; return; fi
  value "/sys/block/$1/queue/rotational"
  if [ -n "$want_rotational" ] && [ "$found" != "$want_rotational" ]; then why='is not of this rotation'; return; fi
  if [ -n "$want_id" ] && ! is_linked by-id "$want_id" "$1"; then why='has another id'; return; fi
  if [ -n "$want_path" ] && ! is_linked by-path "$want_path" "$1"; then why='is at another path'; return; fi
  about=$(told "$1")
  if [ -n "$want_serial" ] && ! has_serial "$1" "$about" "$want_serial"; then why='has another serial number'; return; fi
  property "$about" ID_WWN_WITH_EXTENSION
  if [ -n "$want_wwn" ] && [ "$found" != "$want_wwn" ]; then
    property "$about" ID_WWN
    if [ "$found" != "$want_wwn" ]; then why='has another wwn'; fi
  fi
}
# Says, as `why`, what makes a device none that can be wiped: NAME MIB.
hopeless() {
  case $1 in
    mmcblk*boot* | mmcblk*rpmb* | mmcblk*gp* | nvme*c*n*) why='is a part of another device'; return ;;
    sr*) why='is an optical drive'; return ;;
    sd* | hd* | vd* | xvd* | nvme*n* | mmcblk*) ;;
    *) why='is no disk'; return ;;
  esac
  case $place in
    */devices/virtual/nvme-*) ;;
    */devices/virtual/*) why='is virtual'; return ;;
  esac
  if [ "$2" = 0 ]; then why='has no medium'; return; fi
  value "/sys/block/$1/ro"
  if [ "$found" != 0 ]; then why='is read-only'; fi
}
# Says, as `why`, what keeps a disk from being wiped whatever is asked for: NAME PROPERTIES.
unsafe() {
  property "$2" ID_CDROM
  if [ -n "$found" ]; then why='is an optical drive'; return; fi
  if is_used "$1"; then why='is in use'; return; fi
  for file in "/sys/block/$1"/holders/*/dm/uuid; do
    value "$file"
    case $found in mpath-*) why='is one of several paths to a disk'; return ;; esac
  done
  property "$2" DM_MULTIPATH_DEVICE_PATH
  if [ "$found" = 1 ]; then why='is one of several paths to a disk'; return; fi
  wwn "$2"
  own=$found
  if [ -n "$own" ] && has_twin "$1" "$own"; then why="is one of several paths to a disk (wwn $own)"; fi
}
# Says, as `why`, what a disk is not taken for unless it is named: NAME PROPERTIES.
unasked() {
  value "/sys/block/$1/device/vendor"
  model=$found
  value "/sys/block/$1/device/model"
  model="$model $found"
  value "/sys/block/$1/removable"
  case $connection:$want_kind:$model in
    usb::*) why='is a USB disk, and nothing says type: usb'; return ;;
    mmc::*) why='is a memory card or eMMC, and nothing says type: mmc'; return ;;
    network:*) why='is in a network: only its id, serial, wwn or path names it'; return ;;
    unknown:*) why='is connected in an unknown way: only its id, serial, wwn or path names it'; return ;;
    usb:*[Vv]irtual* | usb:*LCDRIVE* | usb:*iDRAC* | usb:*iLO*) why='is a medium of the management controller'; return ;;
    usb:* | mmc:*) ;;
    *) if [ "$found" = 1 ]; then why='is removable: only its id, serial, wwn or path names it'; return; fi ;;
  esac
  if is_medium "$1" "$2"; then why='is a medium that something is installed from'; return; fi
  property "$2" ID_FS_TYPE
  case $found in *_member | bcache | ceph_bluestore | drbd) why="is as a whole part of something else ($found)"; return ;; esac
  for file in "/sys/block/$1"/holders/*; do
    if [ -e "$file" ]; then why="is as a whole part of ${file##*/}"; fi
  done
}
# Finds the one disk that is meant, as `picked`, or says why each is not, as `reasons`:
# TAKEN CHOOSE ID PATH SERIAL WWN LEAST MOST, then TYPE ROTATIONAL ROOM; each may be empty, sizes are MiB.
pick() {
  taken=$1 choose=$2 want_id=$3 want_path=$4 want_serial=$5 want_wwn=$6 want_least=$7 want_most=$8
  shift 8
  want_kind=$1 want_rotational=$2 room=$3
  picked='' reasons='' count=0 best=0 twins=''
  case $want_id in '' | *\**) named=$want_path$want_serial$want_wwn ;; *) named=$want_id ;; esac
  note_used
  for entry in /sys/block/*; do
    name=${entry##*/}
    case $name in loop* | ram* | zram* | nbd* | fd[0-9]*) continue ;; esac
    value "$entry/size"
    size=${found:-0}
    mib=$((size / 2048))
    why='' about=''
    connection "$name"
    hopeless "$name" "$mib"
    [ -n "$why" ] || unlike "$name" "$mib"
    [ -n "$why" ] || unsafe "$name" "$about"
    [ -n "$why" ] || [ -n "$named" ] || unasked "$name" "$about"
    [ "$name" != "$taken" ] || why='is taken for the first disk'
    if [ -n "$why" ]; then
      reasons="$reasons; $name ($mib MiB, $connection) $why"
      continue
    fi
    count=$((count + 1))
    reasons="$reasons; $name ($mib MiB, $connection) fits"
    case $choose in
      largest) is_better=$((size > best)) ;;
      *) is_better=$((size < best)) ;;
    esac
    if [ -z "$picked" ] || [ "$is_better" = 1 ]; then picked=$name best=$size; fi
  done
  reasons=${reasons#; }
  if [ "$count" = 0 ]; then reasons="no disk fits: $reasons"; return 1; fi
  if [ "$count" -gt 1 ] && { [ -n "$named" ] || [ -z "$choose" ]; }; then
    reasons="$count disks fit, and one is meant: $reasons"; return 1
  fi
  if [ "$((best / 2048))" -lt "$room" ]; then
    reasons="$picked is smaller than the $room MiB that the volumes need: $reasons"; return 1
  fi
}
{% for disk in disks %}
pick "{% if not loop.first %}$disk1{% endif %}" {{ disk.choose | shell }} {{ disk.id | shell }} {{ disk.path | shell }} {{ disk.serial | shell }} {{ disk.wwn | shell }} {{ disk.min | shell }} {{ disk.max | shell }} \
  {{ disk.kind | shell }} {{ disk.rotational | shell }} {{ disk.room | shell }} ||
  fail {{ ("the disk that " ~ host.name ~ " is installed to (" ~ disk.shown ~ ") is not there exactly once; nothing was written; ") | shell }}"$reasons"
disk{{ loop.index }}=$picked
{% endfor %}
report disk "{% for disk in disks %}$disk{{ loop.index }} {% endfor %}"
