# Every whole disk that nothing is mounted from, one a line.
free_disks() {
  lsblk --nodeps --noheadings --paths --output NAME,TYPE,RO | while read -r name type ro; do
    if [ "$type" = disk ] && [ "$ro" = 0 ] && [ -z "$(lsblk --noheadings --output MOUNTPOINT "$name" | tr -d ' \n')" ]; then
      echo "$name"
    fi
  done
}
# Whether a disk is what was asked for: ID SERIAL WWN LEAST MOST KIND ROTATIONAL, each perhaps empty.
fits() {
  local disk=$1 link found size
  if [ -n "$2" ]; then
    found=no
    for link in /dev/disk/by-id/*; do
      # The pattern is meant as one.
      # shellcheck disable=SC2053
      if [[ ${link##*/} == $2 ]] && [ "$(readlink -f "$link")" = "$disk" ]; then found=yes; fi
    done
    [ "$found" = yes ] || return 1
  fi
  [ -z "$3" ] || [ "$(lsblk --nodeps --noheadings --output SERIAL "$disk" | tr -d ' ')" = "$3" ] || return 1
  [ -z "$4" ] || [ "$(lsblk --nodeps --noheadings --output WWN "$disk" | tr -d ' ')" = "$4" ] || return 1
  size=$(($(blockdev --getsize64 "$disk") / 1048576))
  [ -z "$5" ] || [ "$size" -ge "$5" ] || return 1
  [ -z "$6" ] || [ "$size" -le "$6" ] || return 1
  [ -z "$7" ] || [ "$(lsblk --nodeps --noheadings --output TRAN "$disk" | tr -d ' ')" = "$7" ] || return 1
  [ -z "$8" ] || [ "$(lsblk --nodeps --noheadings --output ROTA "$disk" | tr -d ' ')" = "$8" ] || return 1
}
# The one disk that fits; CHOOSE says which of several, and a disk that is taken is passed over.
pick() {
  local taken=$1 choose=$2 disk count=0 list=''
  shift 2
  while read -r disk; do
    if [ -n "$disk" ] && [ "$disk" != "$taken" ] && fits "$disk" "$@"; then
      count=$((count + 1))
      list+="$(blockdev --getsize64 "$disk") $disk"$'\n'
    fi
  done <<<"$(free_disks)"
  if [ "$count" = 0 ]; then
    echo "terroir: no disk fits, or what fits is in use" >&2
    return 1
  elif [ "$count" -gt 1 ] && [ -z "$choose" ]; then
    echo "terroir: $count disks fit" >&2
    return 1
  fi
  case $choose in
    largest) printf '%s' "$list" | sort -k1,1nr -k2,2 | head -n1 | cut -d' ' -f2 ;;
    *) printf '%s' "$list" | sort -k1,1n -k2,2 | head -n1 | cut -d' ' -f2 ;;
  esac
}
{% for disk in disks %}
disk{{ loop.index }}=$(pick "{% if not loop.first %}/dev/$disk1{% endif %}" {{ disk.choose | shell }} {{ disk.id | shell }} {{ disk.serial | shell }} {{ disk.wwn | shell }} {{ disk.min | shell }} {{ disk.max | shell }} {{ disk.kind | shell }} {{ disk.rotational | shell }}) ||
  fail "the disk that {{ host.name }} is installed to ({{ disk.shown }}) is not there exactly once; nothing was written"
disk{{ loop.index }}=${disk{{ loop.index }}#/dev/}
{% endfor %}
report disk "{% for disk in disks %}$disk{{ loop.index }} {% endfor %}"
