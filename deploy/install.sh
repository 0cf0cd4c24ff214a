#!/bin/sh
# Installs this clone, with all that a server and its workers need, into a folder of its own; DIR/bin/kandinsky3 is the command.
#
#   sh deploy/install.sh DIR
set -eu
if [ $# -ne 1 ]; then
  echo "usage: sh deploy/install.sh DIR" >&2
  exit 2
fi
clone=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$1"
target=$(cd "$1" && pwd)
packed=$(mktemp -d)
trap 'rm -rf "$packed"' EXIT

cd "$clone"
[ -d node_modules ] || npm ci --no-audit --no-fund
npm pack --pack-destination "$packed" >/dev/null
# What only a server needs are optional peer dependencies, which npm leaves out unless they are named.
peers=$(node -p 'Object.entries(require("./package.json").peerDependencies).map((pair) => pair.join("@")).join(" ")')
cd "$target"
[ -f package.json ] || echo '{"private": true}' >package.json
# shellcheck disable=SC2086 # They are many words on purpose.
npm install --no-audit --no-fund --omit=dev "$packed"/kandinsky3-*.tgz $peers
mkdir -p bin
ln -sf ../node_modules/.bin/kandinsky3 bin/kandinsky3
