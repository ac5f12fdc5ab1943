#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# guest test: several peers, real ones (strongSwan): one dies, one is dead at the start, DPD on the wire, SAs that we have lost, back by idle-time
# takes minutes
# not on the debug kernel: it is about programs
. "$(dirname "$0")/lib.sh"
load_module
topology

# gc: the other way to 10.2.0.2, which is an address of its own; gd: another gateway of ours, with its LAN on its loopback
GC=203.0.113.1 GD=198.18.0.1 HD=10.4.0.1 NOBODY=203.0.113.99
ip netns add gc; ip netns add gd
wire r c 203.0.113.254/24 gc wan $GC/24
wire r dd 198.18.0.254/24 gd wan $GD/24
for n in gc gd; do ns $n sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0; ip -n $n link set lo up; done
ip -n gc addr add $HB/32 dev lo; ip -n gc route add default via 203.0.113.254
ip -n gd addr add $HD/24 dev lo; ip -n gd route add default via 198.18.0.254

POLICY=" encr aes
 authentication pre-share
 group 2" TRANSFORMS="esp-aes esp-sha-hmac" IKE=aes128-sha1-modp1024 ESP=aes128-sha1 CHILD="start_action = trap"
EXTRA="crypto isakmp key ciscokey address $GC
crypto isakmp keepalive 10 2" ENTRY=" no set peer
 set security-association idle-time 60 default
 set peer $GB default
 set peer $GC" ios_conf a > "$WORK/a.conf"
EXTRA="crypto isakmp key ciscokey address $GC
crypto isakmp key ciscokey address $NOBODY
crypto isakmp keepalive 10 2 periodic
crypto isakmp invalid-spi-recovery" ENTRY=" no set peer
 set peer $NOBODY
 set peer $GC" ios_conf a | sed "s/10.1.0.0/10.4.0.0/; s/\b$GA\b/$GD/" > "$WORK/d.conf"
swan_conf b > "$WORK/b.conf"
# gc has two of them
{
	swan_conf b | sed "s/\b$GB\b/$GC/; /^secrets/,\$d" | sed "\$d"
	swan_conf b | sed "s/\b$GB\b/$GC/; s/\b$GA\b/$GD/; s/10.1.0.0/10.4.0.0/; s/net2net/other/; s/net {/net4 {/; 1d"
} | sed "s/  id-a = .*/&\n  id-c = $GA/" > "$WORK/c.conf"
logs() { show ikemgr-ga "$WORK/ikemgr-ga.log"; show debug "$WORK/debug.log" 60; }
current() { cmap -n "$1" show crypto map | sed -n 's/^	Current peer: //p'; }
current_is() { [ "$(current "$1")" = "$2" ]; }
# asks FROM TO: informational messages between them
asks() { grep -c "IP $1.500 > $2.500: isakmp.*inf" "$WORK/tcpdump.log"; }
no_sa() { [ -z "$(cmap -n "$1" sa show)" ]; }
# asked: how often ga has asked
asked() { grep -c 'Sending NOTIFY DPD/R_U_THERE protocol' "$WORK/debug.log"; }
asked_again() { [ "$(asks "$GD" "$GC")" -ge $(($1 + 2)) ]; }

charon_up gb "$WORK/b.conf"; charon_up gc "$WORK/c.conf"
start tcpdump r tcpdump -nnlUi any port 500; waitfor 30 grep -q listening "$WORK/tcpdump.log"
ikemgr_up ga "$WORK/a.conf"; ikemgr_up gd "$WORK/d.conf"
start debug ga cmap debug crypto isakmp; waitfor 20 subscribed ga

# in the background: gd's first peer is not there
began=$SECONDS
ns gd ping -c 1 -i 0.5 -w 100 -I $HD $HB > "$WORK/dead.log" 2>&1 & dead=$!

note "both peers are there"
out=$(ns ha ping -c 5 -i 0.2 -W 28 $HB)
like "$out" ' 5 received' "the ping that starts the negotiation loses nothing" || logs
like "$(cmap -n ga show crypto map)" "Peer = $GB \(default peer\)" "show crypto map names the default peer"
is "$(current ga)" "$GB" "which is the current one"

note "the first one dies"
ns ha ping -i 0.2 -c 200 $HB > "$WORK/ping.log" 2>&1 & ping=$!
waitfor 10 grep -q 'icmp_seq=5' "$WORK/ping.log"
stop charon-gb KILL
ns gb ip xfrm state flush; ns gb ip xfrm policy flush
died=$SECONDS
check "the other one takes over" waitfor 60 current_is ga $GC || logs
note "the other one took over after $((SECONDS - died)) s: 10 s of keepalive, five questions 2 s apart, a new phase 1"
wait $ping
lost=$(sed -n 's/^200 packets transmitted, \([0-9]*\) received.*/\1/p' "$WORK/ping.log")
note "one peer died, packets lost: $((200 - ${lost:-0})) of 200, 5 a second"
check "no more than while it was not known to be dead" [ $((200 - ${lost:-0})) -le 130 ]
like "$(cat "$WORK/debug.log")" "peer $GB not responding!" "debug crypto isakmp says who does not respond"
like "$(cat "$WORK/debug.log")" 'deleting SA reason "peers alive"' "and what becomes of its SA"
out=$(ns ha ping -c 5 -i 0.2 -W 28 $HB)
like "$out" ' 5 received' "through the other one nothing is lost"
quiet=$(asked)

note "gd: the first one was never there"
wait $dead; ok $? "the second one is tried" || { show dead "$WORK/dead.log"; show ikemgr-gd "$WORK/ikemgr-gd.log"; }
note "a peer that is dead at the start costs $((SECONDS - began)) s at most: phase 1 is given up after 60"
is "$(current gd)" "$GC" "and is the current one"
count=$(asks $GD $GC)
check "periodic: it is asked at each interval, without traffic" waitfor 40 asked_again "$count"
is "$(asked)" "$quiet" "on-demand: without traffic nobody is asked"

note "gd loses its SAs; the peer goes on sending to them"
stop ikemgr-gd KILL
cmap -n gd sa flush
ikemgr_up gd "$WORK/d.conf"
start debug2 gd cmap debug crypto isakmp; waitfor 20 subscribed gd
start lost gc ping -i 0.5 -c 120 -I $HB $HD
check "a phase 1 is begun with it" waitfor 30 grep -q 'beginning Main Mode exchange' "$WORK/debug2.log" || show debug2 "$WORK/debug2.log"
check "it is told" waitfor 30 grep -q 'Sending NOTIFY INVALID_SPI' "$WORK/debug2.log" || show debug2 "$WORK/debug2.log"
check "and makes new ones: its packets arrive" waitfor 30 grep -q 'bytes from' "$WORK/lost.log" || charon_log gc | tail -n 30 | sed 's/^/#   /'
stop lost INT; stop debug2

note "the default peer is back, the pair with the other one idle"
charon_up gb "$WORK/b.conf"
check "idle-time: it ends" waitfor 90 no_sa ga
out=$(ns ha ping -c 5 -i 0.2 -W 28 $HB)
like "$out" ' 5 received' "the default peer is tried first again, and nothing is lost"
is "$(current ga)" "$GB" "it is the current one"
stop debug; stop tcpdump
stop ikemgr-ga; ok $? "ikemgr ends cleanly"
stop ikemgr-gd; stop charon-gb; stop charon-gc
finish
