# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What app/run --once proves after the example is up. Each check is a step; one that fails does not
# hide the following ones.

guest_uptime() { machine /cgi-bin/info | json_get '$.uptime'; }

check_disk_mounted() {
  machine /cgi-bin/info >/run/zos/info.json
  grep -q '/dev/vda /data ext4' /run/zos/info.json || { cat /run/zos/info.json; return 1; }
  machine "/cgi-bin/put?/data/note&kept" | grep -q ok
  machine "/cgi-bin/cat?/data/note" | grep -qx kept
}
check_environment() { grep -q "GREETING=it's" /run/zos/info.json && grep -q '10.20.2.2/24' /run/zos/info.json; }
check_api() {
  local id; id=$(node_id)
  zos_user node statistics --node "$id" --json >/run/zos/statistics.json
  [[ $(json_get '$.users.workloads' </run/zos/statistics.json) = 3 ]] || { cat /run/zos/statistics.json; return 1; }
  zos_user node pools --node "$id" --json | grep -q '"type":"ssd"'
  zos_user node interfaces --node "$id" --json | grep -q "$node_ip"
  zos_user call zos.network.list_wg_ports --node "$id" --json | grep -q 7777
  zos_user list --node "$id" --json | grep -q '"contract_id"'
  zos_user changes "$(cat "$state/contract")" --node "$id" --json | grep -q '"state":"ok"'
}
check_refusals() {
  local id output; id=$(node_id)
  ! output=$(zos_user get 999999 --node "$id" --json 2>&1) && grep -q 'deployment not found' <<<"$output" || { echo "$output"; return 1; }
  ! output=$(zos_user call zos.nothing.here --node "$id" --json 2>&1) && grep -q 'function not found' <<<"$output" || { echo "$output"; return 1; }
  sed 's/"size": 1073741824/"size": 90000000000000/; s/"net"/"net2"/; s/7777/7778/; s/10\.20\./10.21./g; s/100\.64\.20/100.64.21/' "$state/user/example.json" >/run/zos/huge.json
  ! output=$(zos_user deploy /run/zos/huge.json --node "$id" --json 2>&1) && grep -q -E 'ssd|sru' <<<"$output" || { echo "$output"; return 1; }
  deployment_ok
}
check_kill() {
  local before after
  before=$(guest_uptime)
  kill -KILL "$(node_pid)"
  machine_answers
  start_node
  machine_answers
  after=$(guest_uptime)
  echo "guest uptime $before s before, $after s after"
  awk -v a="$before" -v b="$after" 'BEGIN { exit !(b > a) }'
  wait_for 20 deployment_ok
  [[ $(machine /cgi-bin/info | json_get '$.boot') = 1 ]]
}
check_overlay_killed() {
  pkill -KILL -f 'yggdrasil.*zos' || { ps -ef | grep ygg; return 1; }
  ZOS_TRANSPORT=relay node_answers || { cat /run/zos/version.err; return 1; } # not even a pause
  wait_for 40 node_answers
}
check_relay() { # from the user's computer; nobody gets in without a token
  [[ $(ip netns exec user curl --silent --max-time 5 "http://$relay/") = "missing jwt" ]]
  ip netns exec user curl --silent --max-time 5 "http://$relay/metrics" | grep -q '^relay_sessions '
  ZOS_TRANSPORT=relay zos_user node statistics --node "$(node_id)" --json | grep -q '"workloads"'
}
check_one_way() { # bytes sent by the console side change nothing
  local before after
  before=$(node_pid)
  { head -c 65536 /dev/urandom; } | timeout 3 socat -u - UNIX-CONNECT:/run/zos/console.sock >/dev/null 2>&1 || :
  after=$(node_pid)
  [[ $before = "$after" ]] && kill -0 "$after" && deployment_ok
}
check_pictures() {
  console_picture overview "$run/console.png"
  console_picture workloads "$run/console-workloads.png"
  [[ $(stat -c %s "$run/console.png") -gt 20000 && $(stat -c %s "$run/console-workloads.png") -gt 15000 ]]
}
check_gone() {
  zos_user delete "$(cat "$state/contract")" --node "$(node_id)" --json
  wait_for 60 world_is_back || { diff /run/zos/world.before /run/zos/world.after; return 1; }
}
world_is_back() {
  take_world /run/zos/world.after
  cmp -s /run/zos/world.before /run/zos/world.after
}

run_checks() {
  step_may_fail=1
  step "check: disk mounted in the guest, file kept" check_disk_mounted
  step "check: environment and address in the guest" check_environment
  step "check: the node's API" check_api
  step "check: refusals are clear and change nothing" check_refusals
  step "check: the relay answers the user's computer" check_relay
  step "check: bytes sent to the console's socket change nothing" check_one_way
  step "check: pictures of the console" check_pictures
  step "check: kill -9 of the node, machine unharmed" check_kill
  step "check: kill -9 of yggdrasil, node comes back" check_overlay_killed
  memory=$(awk '/VmRSS/ { print $2 }' "/proc/$(node_pid)/status")
  step "check: contract cancelled, nothing is left" check_gone
  echo "    compared: $world_kinds ($(wc -l </run/zos/world.before) things)"
}

write_report() {
  local i separator=
  {
    printf '{"result":%s,"node":%s,"farm":%s,"contract":%s,"zosd_rss_kib":%s,"compared":[' \
      "$([[ $failed = 0 ]] && echo '"ok"' || echo '"failed"')" "$(node_id)" "$(cat "$state/farm")" "$(cat "$state/contract")" "${memory:-0}"
    for i in $world_kinds; do printf '%s"%s"' "$separator" "$i"; separator=,; done
    printf '],"steps":['
    separator=
    for i in "${!step_names[@]}"; do
      printf '%s\n{"name":%s,"seconds":%s,"result":"%s"}' "$separator" "$(json_text "${step_names[i]}")" "${step_seconds[i]}" "${step_results[i]}"
      separator=,
    done
    printf ']}\n'
  } >"$run/report.json"
}
