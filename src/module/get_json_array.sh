{
  if [ "$#" -lt 3 ] || [ -z "$1" ] || [ -z "$2" ] || [ -z "$3" ]; then
    echo 'usage: get_json_array VARIABLE QUERY JSON' >&2
    return 1
  fi
  local -n __terroir_array="$1"
  if command -v jq >/dev/null 2>&1; then
    readarray -t __terroir_array < <(printf '%s\n' "$3" | jq -r "$2")
  elif command -v python3 >/dev/null 2>&1; then
    readarray -t __terroir_array < <(printf '%s\n' "$3" | python3 -c '
import json, re, sys
query = sys.argv[1].strip()
lenient = query.startswith("try ")
query = query[4:].strip() if lenient else query
step = re.compile(r"\.?\[\s*\"([^\"]*)\"\s*\](\?)?|\.([A-Za-z_][A-Za-z0-9_]*)(\?)?|(\.?\[\])(\?)?|(\.)$")
values = [json.load(sys.stdin)]
while query:
    match = step.match(query)
    if not match:
        sys.exit("get_json_array: only jq understands `" + sys.argv[1] + "`; install jq in an entry before this one")
    query = query[match.end():]
    key = match.group(1) if match.group(1) is not None else match.group(3)
    found = []
    for value in values:
        try:
            if match.group(7):
                found.append(value)
            elif match.group(5):
                found.extend(value.values() if isinstance(value, dict) else value[:])
            else:
                found.append(None if value is None else value.get(key))
        except (AttributeError, TypeError):
            if not (lenient or match.group(2) or match.group(4) or match.group(6)):
                sys.exit("get_json_array: `" + sys.argv[1] + "` does not fit the JSON")
    values = found
for value in values:
    print(value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False))
' "$2")
    # Only python says what it cannot read; jq's own complaints end no script, as in BlueBuild.
    wait "$!"
  else
    echo 'get_json_array: neither jq nor python3 is in the root; install jq in an entry before this one' >&2
    return 1
  fi
}
