# kernel KERNEL: puts the kernel where OSTree and bootc look for it.
kernel=$1
# A package puts it into /boot; it stays there until this has run.
if [ -f "/boot/vmlinuz-$kernel" ]; then
  cp --no-preserve=all --remove-destination "/boot/vmlinuz-$kernel" "/usr/lib/modules/$kernel/vmlinuz"
  chmod 0644 "/usr/lib/modules/$kernel/vmlinuz"
fi
