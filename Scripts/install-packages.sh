#!/usr/bin/env bash
# Installs the Debian packages of packages.txt that are missing. Usage: install-packages.sh build [test]
# Asks for sudo only when not root and something is missing.
set -euo pipefail
list=$(dirname "$0")/packages.txt
wanted=()
for group in "$@"; do
    while read -r kind name; do [ "$kind" = "$group" ] && wanted+=("$name"); done <"$list"
done
command -v dpkg-query >/dev/null || { echo "This is not Debian: install what Scripts/packages.txt names by other means."; exit 0; }
# One dpkg call keeps a run with nothing to do under a tenth of a second.
have=$(dpkg-query -W -f '${Package} ${db:Status-Abbrev}\n' "${wanted[@]}" 2>/dev/null | awk '$2 ~ /^ii/ {print $1}' || true)  # it fails when it does not know one
missing=()
for name in "${wanted[@]}"; do grep -qx "$name" <<<"$have" || missing+=("$name"); done
[ ${#missing[@]} -eq 0 ] && exit 0
echo "Installing Debian packages: ${missing[*]}"
sudo=; [ "$(id -u)" -eq 0 ] || sudo=sudo
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update -qq
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
