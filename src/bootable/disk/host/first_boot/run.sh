#!/bin/bash
# Runs the commands that this machine has for its first start, in their order, each until it succeeded once.
set -uo pipefail
folder=$(dirname "$0")
state=${STATE_DIRECTORY:?}
for command in "$folder"/[0-9]*; do
  number=${command##*/}
  [ ! -e "$state/$number" ] || continue
  echo "command $number"
  if bash -euo pipefail "$command" </dev/null; then
    : >"$state/$number" && sync "$state/$number" "$state" || exit 1
  else
    code=$?
    echo "<3>command $number ended with exit code $code. It runs again at the next start, or by: systemctl start terroir-first-boot.service"
    exit "$code"
  fi
done
: >"$state/done" && sync "$state/done" "$state"
