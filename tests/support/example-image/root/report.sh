#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# First process of a machine that says again and again, in one line on its console, what it sees of
# itself: boots so far, lines of this one, what it was told, processors, memory, size of its disk and
# what is written there, where its disks are mounted, and whether its root takes another 600 MiB. As
# with /entrypoint.sh it starts anew when it is asked to (/cgi-bin/do?reboot).
boot=$(($(cat /boot-count 2>/dev/null || echo 0) + 1))
echo $boot >/boot-count
[ -e /data/kept ] || echo "boot-$boot" >/data/kept
sync
: >/run/do
httpd -p 80 -h /srv/www
disk=$(awk '$2 == "/data" { sub("/dev/", "", $1); print $1 }' /proc/mounts)
tick=0
room=no
while [ ! -s /run/do ]; do
  tick=$((tick + 1))
  if [ $room = no ] && fallocate -l $((600 << 20)) /room 2>/dev/null; then room=yes; fi
  rm -f /room
  echo "report boot=$boot tick=$tick entrypoint=$* word=$WORD cpus=$(nproc)" \
    "memory=$(awk '/MemTotal/ { print $2 }' /proc/meminfo) sectors=$(cat "/sys/block/$disk/size")" \
    "kept=$(cat /data/kept)" \
    "mounts=$(awk '$1 ~ "^/dev/vd" { printf "%s;", $2 }' /proc/mounts) room=$room"
  sleep 0.2
done
sync
reboot -f
