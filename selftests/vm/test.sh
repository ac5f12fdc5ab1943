#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Proves vm/run itself, as TAP: arguments, output and exit status are carried; a guest that hangs or panics is ended and
# reported with its console.
cd "$(dirname "$0")" || exit 1
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
export CMAP_KO=${CMAP_KO:-none}
n=0 failed=0
ok() { n=$((n + 1)); [ "$1" = 0 ] && echo "ok $n - $2" || { echo "not ok $n - $2"; failed=1; sed 's/^/#   /' "$work/out" | tail -n 20; }; }
script() { { echo '#!/bin/bash'; cat; } > "$work/$1"; chmod +x "$work/$1"; }

script carry <<'X'
echo "args:$#:$1:$2"; echo "user:$(id -u)"; [ -d /proc/self/fd/ ] && touch /etc/only-here && exit 42
X
./run "$work/carry" 'a b' '$c' > "$work/out" 2>&1; rc=$?
[ $rc = 42 ]; ok $? "the exit status is the script's"
grep -q '^args:2:a b:$c' <(tr -d '\r' < "$work/out"); ok $? "so are its arguments and output"
[ ! -e /etc/only-here ]; ok $? "what it writes stays in the guest"

script panic <<'X'
echo c > /proc/sysrq-trigger; read -r -t 60 < /dev/zero
X
./run "$work/panic" > "$work/out" 2>&1; rc=$?
[ $rc = 125 ]; ok $? "a guest that panics: exit status 125"
grep -q 'console: .*sysrq triggered crash' "$work/out"; ok $? "and its console"

script hang <<'X'
while :; do read -r -t 60 <> <(:); done
X
VM_TIMEOUT=25 ./run "$work/hang" > "$work/out" 2>&1; rc=$?
[ $rc = 124 ]; ok $? "a guest that hangs: exit status 124"
grep -q 'hung for 25 seconds' "$work/out"; ok $? "and is told so"
! pgrep -f "cmap.run=$work" > /dev/null; ok $? "nothing of it goes on"

./run --frob x > "$work/out" 2>&1; rc=$?
[ $rc = 2 ] && grep -q '^usage: run' "$work/out"; ok $? "a wrong option: usage and exit status 2"
./run /no/such/script > "$work/out" 2>&1; rc=$?
[ $rc = 125 ] && grep -q 'no such script' "$work/out"; ok $? "no such script: says so"
echo "1..$n"
exit $failed
