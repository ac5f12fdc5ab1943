#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# guest test: the module goes away in the middle of traffic, namespaces and interfaces too, and nothing breaks
# two CPUs: the module and namespaces go under traffic
# also on 6.12
. "$(dirname "$0")/lib.sh"
load_module
topology
KEYS="enc aes-cbc 000102030405060708090a0b0c0d0e0f auth hmac-sha1-96 000102030405060708090a0b0c0d0e0f10111213"
manual() {
	local g peer me mine theirs i
	for g in ga gb; do
		if [ $g = ga ]; then me=$GA peer=$GB mine=10.1.0.0/24 theirs=10.2.0.0/24 out=0x100 in=0x200
		else me=$GB peer=$GA mine=10.2.0.0/24 theirs=10.1.0.0/24 out=0x200 in=0x100; fi
		cmap -n $g map add M seq 10 peer $peer acl permit $mine $theirs || return 1
		cmap -n $g link set dev wan map M || return 1
		cmap -n $g sa add dir in map M seq 10 proto esp spi $in src $peer dst $me local-proxy $mine remote-proxy $theirs $KEYS || return 1
		cmap -n $g sa add dir out map M seq 10 proto esp spi $out src $me dst $peer local-proxy $mine remote-proxy $theirs $KEYS || return 1
	done
}
traffic() { # in both directions until the file $WORK/stop appears
	ip netns exec ha ping -f -q -w 60 $HB > /dev/null 2>&1 & T1=$!
	ip netns exec hb ping -f -q -s 1400 -w 60 $HA > /dev/null 2>&1 & T2=$!
}
quiet() { kill $T1 $T2; wait $T1 $T2 2>/dev/null; }

for i in 1 2 3; do
	check "round $i: manual SAs on both gateways" manual
	check "round $i: traffic passes" ns ha ping -c 2 -i 0.2 -W 10 $HB
	traffic
	check "round $i: packets flow" waitfor 20 bash -c '[ "$(cmap -n ga -s sa show | grep -oE "[0-9]+ packets|packets [0-9]+" | grep -oE "[0-9]+" | sort -n | tail -1)" -gt 100 ]'
	check "round $i: rmmod in the middle of traffic" rmmod cryptomap
	check "round $i: gone" bash -c '! grep -q "^cryptomap " /proc/modules'
	like "$(cmap -n ga link show 2>&1)" 'kernel module is not loaded' "round $i: cmap says that the module is not there"
	quiet
	load_module
done
check "manual SAs again" manual
traffic
check "an interface goes away under traffic" ip -n ga link del wan
check "its binding went with it" waitfor 5 bash -c '[ -z "$(cmap -n ga link show)" ]'
check "a namespace goes away under traffic" ip netns del gb
quiet
check "a map whose interface is gone can be deleted, its SAs go with it" cmap -n ga map del M
finish
