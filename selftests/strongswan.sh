#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# guest test: tunnels between our gateway and strongSwan, we as initiator and as responder, with three suites
# not on the debug kernel: it is about programs
. "$(dirname "$0")/lib.sh"
load_module
topology

# suite NAME POLICY-LINES TRANSFORMS IKE ESP
suite() {
	local POLICY=$2 TRANSFORMS=$3 IKE=$4 ESP=$5 out
	ios_conf a > "$WORK/a.conf"; swan_conf b > "$WORK/b.conf"
	charon_up gb "$WORK/b.conf"
	ikemgr_up ga "$WORK/a.conf"

	ip netns exec r tcpdump -i any -n -w "$WORK/r.pcap" -U > "$WORK/tcpdump.log" 2>&1 & local dump=$!
	waitfor 20 grep -q listening "$WORK/tcpdump.log"
	out=$(ns ha ping -c 5 -i 0.2 -W 28 $HB)
	like "$out" ' 5 received' "$1, initiator: the ping that starts the negotiation loses nothing" ||
		{ show ikemgr "$WORK/ikemgr-ga.log"; charon_log gb | tail -n 40 | sed 's/^/#   /'; }
	is "$(state ga)" QM_IDLE "$1, initiator: show crypto isakmp sa says QM_IDLE"
	like "$(swan gb -l)" 'ESTABLISHED' "$1, initiator: strongSwan agrees"
	like "$(swan gb -l)" "INSTALLED" "$1, initiator: strongSwan has the child SA"
	like "$(cmap -n ga show crypto ipsec sa)" '#pkts encaps: 5, #pkts encrypt: 5, #pkts digest: 5' "$1, initiator: 5 packets out"
	like "$(cmap -n ga show crypto ipsec sa)" '#pkts decaps: 5, #pkts decrypt: 5, #pkts verify: 5' "$1, initiator: 5 packets in"
	like "$(flow hb ha $HA 200 200 900)" 'received 200 lost 0 duplicate 0 reordered 0 corrupt 0' "$1: 200 packets in, each once"
	like "$(flow ha hb $HB 200 200 900)" 'received 200 lost 0 duplicate 0 reordered 0 corrupt 0' "$1: 200 packets out, each once"
	check "$1: clear crypto session" cmap -n ga clear crypto session
	waitfor 10 test -z "$(cmap -n ga sa show)"; is "$(cmap -n ga sa show)" "" "$1: clear crypto session leaves no SA"
	check "$1: strongSwan has no SA left after our deletes" waitfor 10 no_swan_sa gb

	check "$1, responder: strongSwan brings it up" swan gb --initiate --child net --timeout 30
	is "$(state ga)" QM_IDLE "$1, responder: show crypto isakmp sa says QM_IDLE"
	out=$(ns hb ping -c 3 -i 0.2 -W 28 $HA)
	like "$out" ' 3 received' "$1, responder: ping through the tunnel"
	check "$1, responder: strongSwan ends it" swan gb --terminate --ike net2net
	waitfor 10 no_sa ga
	is "$(cmap -n ga sa show)" "" "$1, responder: the peer's delete leaves no SA here"
	kill $dump; wait $dump 2>/dev/null
	is "$(tcpdump -nr "$WORK/r.pcap" 'net 10.0.0.0/8' 2>/dev/null | head -3)" "" "$1: nothing in clear between the gateways"
	like "$(tcpdump -nr "$WORK/r.pcap" 2>/dev/null | grep -c 'ESP(spi=')" '^[1-9]' "$1: ESP between the gateways"
	stop ikemgr-ga; ok $? "$1: ikemgr ends cleanly"
	stop charon-gb
}
no_sa() { [ -z "$(cmap -n "$1" sa show)" ]; }
no_swan_sa() { ! swan "$1" -l | grep -q .; }

suite 3des-sha1-group2 " encr 3des
 authentication pre-share
 group 2" "esp-3des esp-sha-hmac" 3des-sha1-modp1024 3des-sha1
suite aes128-sha1-group5 " encr aes
 authentication pre-share
 group 5" "esp-aes esp-sha-hmac" aes128-sha1-modp1536 aes128-sha1
suite aes256-sha256-group14 " encr aes 256
 hash sha256
 authentication pre-share
 group 14" "esp-aes 256 esp-sha256-hmac" aes256-sha256-modp2048 aes256-sha256
finish
