# clean: what package managers and a first start of services leave below /var.
[ -d /var/log ] && find /var/log -type f -delete
[ -d /var/tmp ] && find /var/tmp -mindepth 1 -delete
rm -rf /var/lib/dnf /var/lib/libdnf5 /var/lib/rpm-state
[ -d /var/cache ] && find /var/cache -mindepth 1 -type f -delete
[ -L /boot ] || find /boot -mindepth 1 -maxdepth 1 ! -name EFI -exec rm -rf {} +
exit 0
