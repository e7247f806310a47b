# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Timed steps and small JSON helpers (sqlite3 reads JSON, so that no further tool is needed).

failed=0
step_names=() step_seconds=() step_results=()

step() { # NAME COMMAND...   prints the name, runs it in a subshell, prints how long it took
  local name=$1 began ended seconds status; shift
  printf '%-58s' "$name"
  began=$(date +%s.%N)
  # Not as a condition: that would switch off "set -e" inside.
  set +e
  (set -e; "$@") >"$run/step.log" 2>&1
  status=$?
  set -e
  ended=$(date +%s.%N)
  seconds=$(awk -v a="$began" -v b="$ended" 'BEGIN { printf "%.2f", b - a }')
  step_names+=("$name") step_seconds+=("$seconds")
  if [[ $status = 0 ]]; then
    printf '%7s s\n' "$seconds"
    step_results+=(ok)
    return 0
  fi
  printf '%7s s  FAILED\n' "$seconds"
  sed 's/^/    /' "$run/step.log" | tail -n 40
  step_results+=(failed)
  failed=1
  [[ ${step_may_fail:-0} = 1 ]] || { show_logs; exit 1; }
}

show_logs() {
  local log
  for log in "$state"/log/*.log; do
    [[ -s $log ]] || continue
    echo "--- last lines of $log" >&2
    tail -n 25 "$log" >&2
  done
}

wait_for() { # SECONDS COMMAND...   until it succeeds; a status of 2 means it never will
  local limit=$1 status; shift
  local end=$((SECONDS + limit))
  while :; do
    status=0
    "$@" >/dev/null || status=$?
    [[ $status != 0 ]] || return 0
    [[ $status != 2 && $SECONDS -lt $end ]] || return 1
    sleep 0.1
  done
}

json_get() { # PATH < document
  local text
  text=$(cat)
  sqlite3 :memory: <<<"select json_extract('${text//\'/\'\'}', '$1');"
}
json_set() { # PATH VALUE [PATH VALUE...] < document   VALUE is JSON
  local text expression
  text=$(cat)
  expression="'${text//\'/\'\'}'"
  while [[ $# -gt 1 ]]; do
    expression="json_set($expression, '$1', json('$2'))"; shift 2
  done
  sqlite3 :memory: <<<"select $expression;"
}
json_text() { # STRING -> JSON string
  local text=${1//\\/\\\\}
  text=${text//\"/\\\"}
  text=${text//$'\n'/\\n}
  text=${text//$'\t'/\\t}
  printf '"%s"' "$text"
}
