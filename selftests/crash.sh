#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# guest test: a daemon that crashes, is handed over, or ends: traffic goes on, the next daemon takes the SAs over and renews them, the peer keeps nothing dead
# two CPUs: SAs are replaced under traffic both ways
# not on the debug kernel: it is about programs
. "$(dirname "$0")/lib.sh"
load_module
topology
TRANSFORMS="esp-aes esp-sha-hmac" ESP=aes128-sha1
spis() { cmap -n "$1" -j sa show | grep -oE '"spi": *[0-9]+' | grep -oE '[0-9]+$' | sort; }
count() { cmap -n "$1" -j sa show | grep -c '"spi"'; }
has() { [ "$(count "$1")" = "$2" ]; }
renewed() { has "$1" "$3" && [ -z "$(spis "$1" | comm -12 - <(echo "$2"))" ]; }
idle() { [ "$(state "$1")" = QM_IDLE ]; }
one_each() { [ "$(swan gb -l | grep -c ESTABLISHED)" = 1 ] && [ "$(swan gb -l | grep -c INSTALLED)" = 1 ]; }
logs() {
	show ga "$WORK/ikemgr-ga.log"; show events "$WORK/events.log" 60; [ -e "$WORK/ikemgr-gb.log" ] && show gb "$WORK/ikemgr-gb.log"
	[ -n "${DAEMON[charon-gb]:-}" ] && charon_log gb | tail -n 40 | sed 's/^/#   /'
	show drops <(cmap -n ga stats; cmap -n gb stats; ns gb cat /proc/net/xfrm_stat | grep -v '[[:space:]]0$')
}
peer_dropped() { ns gb awk '/^XfrmOutStateInvalid/ {n = $2} END {print n + 0}' /proc/net/xfrm_stat 2> /dev/null; }
# under TEXT SIGNAL SAS: ga's daemon ends by that signal under a flow each way, and another one begins; none is lost, and there are SAS new SAs
under() {
	local text=$1 signal=$2 sas=$3 back forth first before theirs
	first=$(spis ga); before=$(peer_dropped)
	flow hb ha $HA 2000 100 500 > "$WORK/back" 2>&1 & back=$!
	flow ha hb $HB 2000 100 500 > "$WORK/forth" 2>&1 & forth=$!
	waitfor 60 grep -q ready "$WORK"/flow-ha-hb-* "$WORK"/flow-hb-ha-*
	stop ikemgr-ga "$signal"
	check "$text: the SAs stay when the daemon is gone" has ga "$sas"
	ikemgr_up ga "$WORK/a.conf"
	like "$(cat "$WORK/ikemgr-ga.log")" '[0-9] pairs of SAs of an ended daemon are taken over' "$text: the next one takes them over"
	check "$text: there is a new IKE SA" waitfor 30 idle ga || logs
	check "$text: what was taken over is renewed, and goes" waitfor 40 renewed ga "$first" "$sas" || logs
	wait $forth
	like "$(cat "$WORK/forth")" 'received 2000 lost 0 duplicate 0 reordered 0 corrupt 0' "$text: none lost from ha to hb" || logs
	wait $back
	theirs=$(($(peer_dropped) - before))
	like "$(cat "$WORK/back")" "received $((2000 - theirs)) lost $theirs duplicate 0 reordered 0 corrupt 0" \
		"$text: none lost from hb to ha, but by the peer's own XFRM, which says so" || logs
	rm -f "$WORK"/flow-*
}

note "strongSwan"
CONN="unique = replace" swan_conf b > "$WORK/b.conf"; ios_conf a > "$WORK/a.conf"
charon_up gb "$WORK/b.conf"; ikemgr_up ga "$WORK/a.conf"
check "strongSwan: the tunnel comes up" ns ha ping -c 2 -i 0.2 -W 28 $HB
under "strongSwan, killed" KILL 2
check "strongSwan, killed: it has one IKE SA and one pair" waitfor 30 one_each || { swan gb -l; logs; }
under "strongSwan, handed over" USR1 2
check "strongSwan, handed over: it has one IKE SA and one pair" waitfor 30 one_each || { swan gb -l; logs; }

note "ended: the peer is told, and nothing stays"
stop ikemgr-ga; ok $? "ended: cleanly"
is "$(cmap -n ga sa show; cmap -n ga link show)" "" "ended: nothing is left in the kernel"
check "ended: the peer has nothing left either" waitfor 10 bash -c "[ -z \"\$(ip -n gb xfrm state)\" ]"
ikemgr_up ga "$WORK/a.conf"
like "$(ns ha ping -c 3 -i 0.2 -W 28 $HB)" ' 3 received' "ended: the next daemon's first packets make a new tunnel, and none is lost"
stop ikemgr-ga; stop charon-gb

note "ours, AH around ESP with extended sequence numbers"
TRANSFORMS="ah-sha-hmac esp-aes 256
 esn" ios_conf a > "$WORK/a.conf"
TRANSFORMS="ah-sha-hmac esp-aes 256
 esn" ios_conf b > "$WORK/b.ios"
ikemgr_up gb "$WORK/b.ios"; ikemgr_up ga "$WORK/a.conf"
check "ours: the tunnel comes up" ns ha ping -c 2 -i 0.2 -W 28 $HB || logs
under "ours, killed" KILL 4
check "ours, killed: the peer has one pair" waitfor 30 has gb 4 || logs
like "$(cmap -n ga show crypto ipsec sa)" 'transform: esp-256-aes ,' "ours: shown as before"
like "$(cmap -n ga show crypto ipsec sa)" 'in use settings =\{Tunnel, esn\}' "ours: with extended sequence numbers"

note "killed, and then configured otherwise"
stop ikemgr-ga KILL
sed -i '/access-list/s/10\.2\.0\.0/10.4.0.0/' "$WORK/a.conf"
ikemgr_up ga "$WORK/a.conf"
check "other proxies: what does not fit is gone" waitfor 10 has ga 0
stop ikemgr-ga KILL
ios_conf a | sed '/crypto map VPN$/d' > "$WORK/a.conf"
ikemgr_up ga "$WORK/a.conf"
is "$(cmap -n ga link show)" "" "no map on the interface: the binding is gone"
stop ikemgr-ga; ok $? "it ends cleanly"
stop ikemgr-gb
finish
