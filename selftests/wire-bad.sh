#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# guest test: bad ISAKMP datagrams are dropped, each with an event that names the reason, none is answered, the daemon lives on
# not on the debug kernel: it is about programs
. "$(dirname "$0")/lib.sh"
load_module
topology
ip -n gb addr add 198.51.100.2/24 dev wan
ios_conf a > "$WORK/a.conf"; ios_conf b > "$WORK/b.conf"
ikemgr_up ga "$WORK/a.conf"
start events ga cmap -j debug crypto isakmp
waitfor 20 subscribed ga
before=$(grep VmRSS "/proc/${DAEMON[ikemgr-ga]}/status" | tr -dc 0-9)
TAP=$(ns gb "$HERE/wire_bad.py" $GB 198.51.100.2 $GA "$WORK/events.log" $((TAP_N + 1)))
echo "$TAP"
TAP_N=$((TAP_N + $(grep -cE '^(not )?ok ' <<< "$TAP"))); TAP_FAILED=$((TAP_FAILED + $(grep -c '^not ok ' <<< "$TAP")))
grep -qE '^ok .*random, mutated' <<< "$TAP"; ok $? "the sender ran to its end"
check "the daemon is alive" alive ikemgr-ga
note "resident memory: $before KB before, $(grep VmRSS "/proc/${DAEMON[ikemgr-ga]}/status" | tr -dc 0-9) KB after"
stop events INT
stop ikemgr-ga; ok $? "the daemon ends cleanly (no sanitizer report)"
ikemgr_up ga "$WORK/a.conf"; ikemgr_up gb "$WORK/b.conf"
like "$(ns ha ping -c 2 -i 0.2 -W 28 $HB)" ' 2 received' "a tunnel with the same peer comes up"
stop ikemgr-gb; stop ikemgr-ga
finish
