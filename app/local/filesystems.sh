# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0

# Called as first process of a fresh mount and network name space. Programs of a grid write below
# /run, /mnt and /var/lib/libvirt: give them memory instead of the machine's own folders.
private_file_systems() {
  local dir
  mkdir -p /tmp/zos-cgroup /tmp/zos-etc-libvirt
  mount --rbind /sys/fs/cgroup /tmp/zos-cgroup
  mount -t sysfs sysfs /sys # shows the new network name space
  mount --rbind /tmp/zos-cgroup /sys/fs/cgroup
  umount -l /tmp/zos-cgroup
  for dir in /var/lib/libvirt /var/cache/libvirt /var/log/libvirt /mnt; do
    mkdir -p "$dir"
    mount -t tmpfs -o mode=755 "zos${dir//\//-}" "$dir"
  done
  cp -a /etc/libvirt/. /tmp/zos-etc-libvirt/ 2>/dev/null || :
  mount -t tmpfs -o mode=755 zos-etc-libvirt /etc/libvirt
  cp -a /tmp/zos-etc-libvirt/. /etc/libvirt/
  mount -t tmpfs -o mode=755 zos-run /run
  mkdir -p /run/zos /run/netns /run/wireguard /run/lock
}
