#!/bin/sh
# Asks a server everything that its OpenAPI document allows and much that it does not, with schemathesis: no answer may be a fault of
# the server or outside of its schema.
#
#   npm run build && sh bench/fuzz.sh [EXAMPLES]
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
python3 -m venv "$work/env"
"$work/env/bin/pip" install --quiet schemathesis
export HF_HOME="$work/hf" HF_HUB_OFFLINE=1 KANDINSKY3_CACHE="$work/cache"
node "$root/dist/cli/main.js" serve --port 0 --data "$work/data" --max-queue 20 --quiet >"$work/address" 2>"$work/log" &
server=$!
trap 'kill $server 2>/dev/null || true; wait $server 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
until grep -q http "$work/address"; do sleep 0.2; done
address=$(sed 's/.*on //' "$work/address")
# The end of the server, and streams that end with their jobs, are left out.
"$work/env/bin/schemathesis" run "$address/openapi.json" --url "$address" \
  --exclude-path /v1/server/stop --exclude-path-regex '/events$' \
  --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance \
  --max-examples "${1:-25}" --request-timeout 300 --continue-on-failure --no-color
