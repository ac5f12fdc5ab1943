#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# guest test: TCP in bulk, sha256 of the stream compared: each mode, offloads on and off, loss, duplication and reordering
# two CPUs: streams in both directions
. "$(dirname "$0")/lib.sh"
load_module
topology6
modprobe -aq esp4 esp6 seqiv gcm sch_netem
[ "$CMAP_KERNEL" = debug ] && BYTES=300000 || BYTES=1500000
K=000102030405060708090a0b0c0d0e0f10111213
OUT="$K" IN="13$K"; IN=${IN:0:40}

# what MODE: proxies, the SAs' ends, the TCP's ends, words for ESP in UDP
what() {
	MODE=tunnel ENCAP="" XENCAP="" NEAR=10.1.0.0/24 FAR=10.2.0.0/24 AT=$GA TO=$GB FROM=ha SERVER=$HB
	case $1 in
	tunnel6) NEAR=2001:db8:1::/64 FAR=2001:db8:2::/64 AT=$GA6 TO=$GB6 SERVER=$HB6;;
	4in6) AT=$GA6 TO=$GB6;;
	6in4) NEAR=2001:db8:1::/64 FAR=2001:db8:2::/64 SERVER=$HB6;;
	transport) MODE=transport NEAR=$GA/32 FAR=$GB/32 FROM=ga SERVER=$GB;;
	transport6) MODE=transport NEAR=$GA6/128 FAR=$GB6/128 AT=$GA6 TO=$GB6 FROM=ga SERVER=$GB6;;
	nat-t) ENCAP="encap 4500 4500" XENCAP="encap espinudp 4500 4500 0.0.0.0";;
	esac
}
# ours NS: the pair of SAs, in ga, or mirrored in gb
ours() {
	local near=$NEAR far=$FAR at=$AT to=$TO out="spi 0x1000" in="spi 0x2000" ok=$OUT ik=$IN sa
	[ "$1" = ga ] || { near=$FAR far=$NEAR at=$TO to=$AT in="spi 0x1000" out="spi 0x2000" ok=$IN ik=$OUT; }
	sa="map M seq 10 proto esp local-proxy $near remote-proxy $far mode $MODE $ENCAP"
	cmap -n "$1" -batch - <<-X
	map add M seq 10 peer $to acl permit $near $far
	link set dev wan map M
	sa add dir in $sa $in src $to dst $at enc aes-gcm $ik replay-window 1024
	sa add dir out $sa $out src $at dst $to enc aes-gcm $ok
	X
}
# Trains of two processors overtake each other by more than XFRM's window of 32: it is off.
theirs() {
	local af=""
	case $NEAR$AT in *:*.*|*.*:*) af="flag af-unspec";; esac
	ip -n gb -batch - <<-X
	xfrm state add src $AT dst $TO proto esp spi 0x1000 reqid 1 mode $MODE $af aead rfc4106(gcm(aes)) 0x$OUT 128 $XENCAP
	xfrm state add src $TO dst $AT proto esp spi 0x2000 reqid 1 mode $MODE $af aead rfc4106(gcm(aes)) 0x$IN 128 $XENCAP
	xfrm policy add src $FAR dst $NEAR dir out tmpl src $TO dst $AT proto esp reqid 1 mode $MODE
	xfrm policy add src $NEAR dst $FAR dir in tmpl src $AT dst $TO proto esp reqid 1 mode $MODE
	xfrm policy add src $NEAR dst $FAR dir fwd tmpl src $AT dst $TO proto esp reqid 1 mode $MODE
	X
}
clear() {
	local n
	for n in ga gb; do
		cmap -n $n sa flush; cmap -n $n link del dev wan; cmap -n $n map del M
		ip -n $n xfrm state flush; ip -n $n xfrm policy flush
	done > /dev/null 2>&1
}
# offloads on|off: on all cables
offloads() {
	local cable
	for cable in "ha eth0" "ga lan" "ga wan" "r a" "r b" "gb wan" "gb lan" "hb eth0"; do
		# shellcheck disable=SC2086
		set -- "$1" $cable
		ns "$2" ethtool -K "$3" tso "$1" gso "$1" gro "$1" sg "$1" tx "$1" > /dev/null
	done
}
drops() { cmap -n "$1" -j stats | python3 -c 'import json,sys
d=json.load(sys.stdin); d=d[0] if isinstance(d,list) else d
print(" ".join("%s %d" % (x["name"], x["packets"]) for x in d.get("drops",[]) if x["name"] not in sys.argv[1:] and x["packets"]))' "${@:2}"; }
both_ways() { check "$1: both ways, whole" ns "$FROM" "$HERE/echo.py" both "$SERVER" $BYTES; }
clear_tcp() { ns r nft list chain inet watch forward | sed -n 's/.*counter packets \([0-9]*\).*/\1/p'; }

ns r nft -f - <<-X
table inet watch {
  chain forward { type filter hook forward priority 0; meta l4proto tcp counter; }
}
X
start serve-hb hb "$HERE/echo.py" serve
start serve-gb gb "$HERE/echo.py" serve
start natt gb "$HERE/natt.py" encap 4500
for s in serve-hb serve-gb natt; do waitfor 60 grep -q ready "$WORK/$s.log" || bail "no $s"; done

for offload in off on; do
	offloads $offload
	for mode in tunnel tunnel6 4in6 6in4 transport transport6 nat-t; do
		what $mode
		ours ga > "$WORK/sa" 2>&1 && theirs >> "$WORK/sa" 2>&1; ok $? "$mode: SAs on both sides" || { show sa "$WORK/sa"; clear; continue; }
		both_ways "$mode, offloads $offload"
		clear
	done
done
# the senders' first segments are too big, until they know
is "$(drops ga fragmentation-needed)" "" "nothing else was dropped"
note "replay: every number that came twice is in this set's counter"
nft_seen() { # NS
	ns "$1" nft -f - <<-X
	table inet replay {
	  set seen { typeof ip daddr . esp sequence; flags dynamic; size 200000; }
	  counter twice { }
	  chain pre {
	    type filter hook prerouting priority -400;
	    ip protocol esp ip daddr . esp sequence @seen counter name twice
	    ip protocol esp add @seen { ip daddr . esp sequence }
	  }
	}
	X
}
twice() { ns "$1" nft list counter inet replay twice | sed -n 's/.*packets \([0-9]*\).*/\1/p'; }
what tunnel
ours ga && ours gb; ok $? "ours on both sides, window 1024"
for n in ga gb; do check "$n counts numbers" nft_seen $n; done
for cable in a b; do check "netem: loss, duplicates and reordering of 5 %" ip netns exec r tc qdisc add dev $cable root netem delay 2ms loss 5% duplicate 5% reorder 5%; done
both_ways "5 % lost, doubled, reordered"
for n in ga gb; do
	duplicates=$(twice $n)
	is "$(reason $n replay-duplicate)" "$duplicates" "$n: exactly the duplicates were refused"
	ok $((duplicates < 10)) "$n: there were some ($duplicates)"
	is "$(drops $n fragmentation-needed replay-duplicate)" "" "$n: nothing else was"
done
is "$(clear_tcp)" 0 "no TCP passed the router in clear"
clear
finish
