# Runs a script in a view of a root: a temporary overlay, own mounts, network and processes, and kernel
# parameters as the root's files would set them. Arguments: ROOT, SYSCTL (a folder that stands for /proc/sys),
# BUNDLE (seen at /run/judge), SHARED (seen writable at /run/shared), then the command.
set -eu
root=$1 sysctl=$2 bundle=$3 shared=$4
shift 4
ip link set lo up 2>/dev/null || true
place=$(mktemp -d)
mount -t tmpfs tmpfs "$place"
mkdir "$place/upper" "$place/work" "$place/root"
mount -t overlay overlay -o "lowerdir=$root,upperdir=$place/upper,workdir=$place/work" "$place/root"
cd "$place/root"
mkdir -p proc dev run tmp
mount -t tmpfs -o mode=755 tmpfs run
mkdir run/judge run/shared run/lock
mount --bind "$bundle" run/judge
mount --bind "$shared" run/shared
mount -t proc proc proc
mount --bind "$sysctl" proc/sys
mount -t tmpfs -o mode=755 tmpfs dev
mkdir dev/pts
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
for node in "null 1 3" "zero 1 5" "full 1 7" "random 1 8" "urandom 1 9" "tty 5 0"; do
  set -- $node "$@"
  mknod -m 666 "dev/$1" c "$2" "$3"
  shift 3
done
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 HOME=/root TERM=dumb chroot . "$@"
