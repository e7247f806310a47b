# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0

# Called as first process of a fresh mount and network name space. Programs of a grid write below
# /run, /mnt and /var/lib/libvirt: give them memory instead of the machine's own folders.
private_file_systems() {
  local dir kept
  kept=$(mktemp -d)
  mkdir "$kept/cgroup" "$kept/libvirt"
  mount --rbind /sys/fs/cgroup "$kept/cgroup"
  mount -t sysfs sysfs /sys # shows the new network name space
  mount --rbind "$kept/cgroup" /sys/fs/cgroup
  umount -l "$kept/cgroup"
  for dir in /var/lib/libvirt /var/cache/libvirt /var/log/libvirt /mnt; do
    mkdir -p "$dir"
    mount -t tmpfs -o mode=755 "zos${dir//\//-}" "$dir"
  done
  cp -a /etc/libvirt/. "$kept/libvirt/" 2>/dev/null || :
  mount -t tmpfs -o mode=755 zos-etc-libvirt /etc/libvirt
  cp -a "$kept/libvirt/." /etc/libvirt/
  rm -rf "$kept"
  mount -t tmpfs -o mode=755 zos-run /run
  mkdir -p /run/zos /run/netns /run/wireguard /run/lock
}
