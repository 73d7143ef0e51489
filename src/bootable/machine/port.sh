# open_port NAME: waits for the port of that name of the virtual machine, opens it as 3, and says so there.
open_port() {
  modprobe virtio_console 2>/dev/null
  port=
  while [ -z "$port" ]; do
    for name in /sys/class/virtio-ports/*/name; do
      case $(cat "$name" 2>/dev/null) in
        "$1") port=${name%/name} port=/dev/${port##*/} ;;
      esac
    done
    [ -n "$port" ] || sleep 1
  done
  exec 3>"$port"
  echo terroir-begun >&3
}
