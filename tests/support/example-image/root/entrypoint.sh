#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# First process of the example machine.
boot=$(cat /boot-count 2>/dev/null || echo 0)
boot=$((boot + 1))
echo $boot >/boot-count
sync
env >/run/env
: >/run/do
echo "example: start $boot of $(hostname), arguments: $*"
httpd -p "${HTTP_PORT:-80}" -h /srv/www
echo "example: ready after $(cut -d' ' -f1 /proc/uptime) s"
while :; do
  what=$(cat /run/do)
  if [ -n "$what" ]; then
    : >/run/do
    case $what in
      exit0) exit 0 ;;
      exit3) exit 3 ;;
      crash) echo c >/proc/sysrq-trigger ;;
      reboot) sync; reboot -f ;;
      poweroff) sync; poweroff -f ;;
      log) echo "example: a line on the console" ;;
    esac
  fi
  sleep 1
done
