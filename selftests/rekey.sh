#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# guest test: SAs are replaced by seconds and by kilobytes, and the IKE SA is renewed, under numbered packets: none is lost
# two CPUs: SAs are replaced under traffic both ways
# not on the debug kernel: it is about programs
. "$(dirname "$0")/lib.sh"
load_module
topology
TRANSFORMS="esp-aes esp-sha-hmac" ESP=aes128-sha1
spis() { cmap -n "$1" -j sa show | grep -oE '"spi": *"?[0-9a-fx]+' | grep -oE '[0-9a-fx]+$' | sort; }
children() { cmap -n "$1" -j sa show | grep -c '"spi"'; }
spi_changed() { [ "$(spis "$1" | comm -13 <(echo "$2") - | wc -l)" -ge 2 ]; }

explain() {
	local n
	for n in ga gb; do
		show "drops in $n" <(cmap -n $n stats; ns $n cat /proc/net/xfrm_stat | grep -v '[[:space:]]0$')
		[ -e "$WORK/ikemgr-$n.log" ] && show "ikemgr in $n" "$WORK/ikemgr-$n.log"
	done
	for n in ha ga r gb hb; do
		show "$n" <(ns $n nstat -sz 2> /dev/null | awk '/Discard|NoRoute|Errors|Unreach|TimeExc/ && $2 > 0 {print $1, $2}'; ns $n ip -s -s -j link | python3 -c 'import json, sys
for l in json.load(sys.stdin):
    print(l["ifname"], {d + k: v for d, s in l["stats64"].items() for k, v in s.items() if v and k not in ("bytes", "packets")})')
	done
}
# Packets that Linux XFRM in gb itself dropped because charon deleted their SA while they were being encrypted.
peer_dropped() { ns gb awk '/^XfrmOutStateInvalid/ {print $2}' /proc/net/xfrm_stat; }
# both TEXT COUNT RATE SIZE: flows in both directions at once
both() {
	local back text=$1 count=$2 before theirs; shift
	before=$(peer_dropped)
	flow hb ha $HA "$@" > "$WORK/back" 2>&1 & back=$!
	like "$(flow ha hb $HB "$@")" "received $count lost 0 duplicate 0 reordered 0 corrupt 0" "$text: none lost from ha to hb" || explain
	wait $back
	theirs=$(($(peer_dropped) - before))
	like "$(cat "$WORK/back")" "received $((count - theirs)) lost $theirs duplicate 0 reordered 0 corrupt 0" \
		"$text: none lost from hb to ha, but by the peer's own XFRM, which says so" || explain
	[ "$theirs" = 0 ] || note "the peer's XfrmOutStateInvalid: $theirs"
}

note "seconds: strongSwan offers 60 s where we have 120: the smaller holds, and we replace the SA in time"
CHILD="life_time = 60s
rekey_time = 0
rand_time = 0" swan_conf b > "$WORK/b.conf"
LIFETIME="crypto ipsec security-association lifetime seconds 120" ios_conf a > "$WORK/a.conf"
charon_up gb "$WORK/b.conf"; ikemgr_up ga "$WORK/a.conf"
check "strongSwan brings the tunnel up" swan gb --initiate --child net --timeout 30
first=$(spis ga)
start debug ga stdbuf -oL cmap debug crypto isakmp
both "rekey by seconds, strongSwan" 6500 100 500
check "rekey by seconds: the SPIs are new" waitfor 30 spi_changed ga "$first" || show "debug crypto isakmp" "$WORK/debug.log" 60
like "$(cmap -n ga show crypto rekey)" 'rekeyed: [1-9][0-9]* times, packets lost in the last one: 0' "rekey by seconds: show crypto rekey says that nothing was lost"
like "$(cmap -n ga show crypto rekey)" 'remaining lifetime: [0-9]+ s, [0-9]+ KB' "rekey by seconds: it says what is left"
like "$(cmap -n ga show crypto rekey)" 'next rekey in: [0-9]+ s, [0-9]+ KB' "rekey by seconds: and when the next one comes"
stop debug; stop ikemgr-ga; stop charon-gb

note "kilobytes: 2560 KB at 240 KB/s and direction"
for peer in strongswan ours; do
	LIFETIME="crypto ipsec security-association lifetime kilobytes 2560" ios_conf a > "$WORK/a.conf"
	if [ $peer = ours ]; then
		ios_conf b > "$WORK/b.ios"; ikemgr_up gb "$WORK/b.ios"
	else
		swan_conf b > "$WORK/b.conf"; charon_up gb "$WORK/b.conf"
	fi
	ikemgr_up ga "$WORK/a.conf"
	check "kilobytes, $peer: the tunnel comes up" ns ha ping -c 2 -i 0.2 -W 28 $HB
	first=$(spis ga)
	both "rekey by kilobytes, $peer" 4000 200 1200
	check "rekey by kilobytes, $peer: the SPIs are new" waitfor 30 spi_changed ga "$first"
	check "rekey by kilobytes, $peer: the old pair goes in the end" waitfor 45 bash -c '[ "$(cmap -n ga -j sa show | grep -c "\"spi\"")" = 2 ]'
	stop ikemgr-ga; [ $peer = ours ] && stop ikemgr-gb || stop charon-gb
done

note "IKE SA: 60 s, the shortest a router takes; renewed while traffic flows, the children stay"
POLICY=" encr aes
 authentication pre-share
 group 2
 lifetime 60" ios_conf a > "$WORK/a.conf"
POLICY=" encr aes
 authentication pre-share
 group 2" ios_conf b > "$WORK/b.ios"
ikemgr_up gb "$WORK/b.ios"; ikemgr_up ga "$WORK/a.conf"
check "the tunnel comes up" ns ha ping -c 2 -i 0.2 -W 28 $HB
ike=$(cmap -n ga show crypto isakmp sa | awk '/QM_IDLE/ {print $4}')
first=$(spis ga)
both "IKE SA renewal" 7000 100 300
like "$(cmap -n ga show crypto isakmp sa)" QM_IDLE "IKE SA renewal: there is an IKE SA"
unlike "$(cmap -n ga show crypto isakmp sa | grep -v deleted)" " $ike ACTIVE" "IKE SA renewal: it is a new one"
is "$(spis ga)" "$first" "IKE SA renewal: the children are the same"
finish
