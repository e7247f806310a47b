# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Everything a node may leave behind, as sorted lines "<kind> <thing>": taken before the first
# deployment and after the last one is gone, the two must be equal.

world_kinds="domain process netns link tap bridge nft wireguard mount disk-file volume run-file service"

ask_supervisor() { # JSON line
  { echo "$1"; sleep 0.3; } | socat -t 2 - UNIX-CONNECT:/run/zos/supervisor.sock
}

take_world() { # FILE
  # Lists of nothing end with a failure of grep or virsh: not one of the whole.
  (
    set +e +o pipefail
    virsh --connect qemu:///system list --all --name 2>/dev/null | sed -n 's/^\(..*\)$/domain \1/p'
    # the user's own tunnel is not the node's
    ps -eo comm=,args= | sed -n -E '/wireguard-go -f wg0/d; s/^(qemu-system[^ ]*|virtiofsd|wireguard-go) .*/process \1/p'
    ip netns list | awk '{ print "netns " $1 }'
    ip -o link show | awk -F': ' '{ sub(/@.*/, "", $2); print "link " $2 }'
    local ns
    for ns in $(ip netns list | awk '{ print $1 }'); do
      [[ $ns = user ]] && continue
      ip -n "$ns" -o link show | awk -F': ' -v ns="$ns" '{ sub(/@.*/, "", $2); print "link " ns "/" $2 }'
      ip netns exec "$ns" nft list tables | sed "s|^|nft $ns/|"
    done
    nft list tables | sed 's/^/nft /'
    find /run/wireguard -name '*.sock' ! -name 'wg0.sock' -printf 'wireguard %f\n' 2>/dev/null
    awk '$2 ~ "/roots/|/images/" { print "mount " $2 }' /proc/mounts
    find /mnt -mindepth 2 -maxdepth 3 -path '*vdisks/*' -printf 'disk-file %f\n' 2>/dev/null
    find /mnt -mindepth 2 -maxdepth 2 -name '*-*-*' -printf 'volume %f\n' 2>/dev/null
    find /run/zos/machines /run/zos/network -type f ! -name last-address -printf 'run-file %P\n' 2>/dev/null
    find "$state/log" -path '*machines*' -type f -printf 'run-file log/%f\n' 2>/dev/null
    ask_supervisor '{"op":"list"}' | grep -o '"name":"[^"]*"' | sed 's/.*:"\(.*\)"/service \1/'
  ) | sort >"$1"
}
