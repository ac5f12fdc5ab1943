#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# guest test: the router's show, clear and debug between two of ours: real negotiations against a router's texts
# not on the debug kernel: it is about programs
. "$(dirname "$0")/lib.sh"
load_module
topology
export POLICY=" encr aes 256
 authentication pre-share
 group 14" TRANSFORMS="esp-aes esp-sha-hmac"
ios_conf a > "$WORK/a.conf"; ios_conf b > "$WORK/b.conf"
ikemgr_up ga "$WORK/a.conf"; ikemgr_up gb "$WORK/b.conf"
no_sa() { [ -z "$(cmap -n "$1" sa show)" ]; }
up() { [ "$(cmap -n "$1" show crypto isakmp sa | grep -v deleted | awk '/^[0-9]+\./ {print $3}')" = QM_IDLE ]; }

# The lines of a debug against a router's, in order. What differs from case to case is made equal: addresses, numbers,
# lifetimes. Left out on both sides: vendor IDs (others than a router's), what comes when a timer fires, and packets
# sent again in a slow guest.
same_debug() {
	python3 - "$1" "$HERE/unit/data/$2" <<-'X'
	import re, sys, difflib
	def once(lines):
	    out, skip, seen = [], 0, set()
	    for l in lines:
	        m = re.search(r'received packet.*Global (.*MM_.*)', l)
	        if skip: skip -= 1; continue
	        if 'packet is a duplicate' in l and 'received packet' not in out[-1]: continue
	        if 'packet is a duplicate' in l: out.pop(); continue
	        if re.search(r'retransmitting due to| retransmitting phase .*[^.]$', l): skip = 2; continue
	        if re.search(r'retransmi(tting|ssion) |incrementing error counter', l): continue
	        # again while the answer to the first is still being computed
	        if m and m.group(1) in seen: continue
	        if m: seen.add(m.group(1))
	        out.append(l)
	    return out
	def lines(path):
	    out = []
	    for l in once(l.rstrip('\n') for l in open(path)):
	        if re.search(r'vendor|speaking to another|purging|Unlocking|peer_reap', l): continue
	        l = re.sub(r'\d+\.\d+\.\d+\.\d+', 'A', l)
	        l = re.sub(r'A/A/256/0', 'PROXY', l)
	        l = re.sub(r'= 0x[0-9A-F]+', '= 0xN', l)
	        l = re.sub(r'struct 0x[0-9A-F]+', 'struct 0xN', l)
	        l = re.sub(r'(sa = |successfully |to SPI )[0-9A-F]+', r'\1N', l)
	        l = re.sub(r'\(\d+\),', '(N),', l)
	        l = re.sub(r'\b\d{5,}\b', 'N', l)
	        l = re.sub(r'sa_conn_id= \d+', 'sa_conn_id= N', l)
	        l = re.sub(r'\(k/sec\)= \(\w+/\w+\)', '(k/sec)= (N/N)', l)
	        out.append(l)
	    return out
	got, want = lines(sys.argv[1]), lines(sys.argv[2])
	diff = list(difflib.unified_diff(want, got, 'router', 'ours', lineterm='', n=1))
	print('\n'.join(diff))
	sys.exit(bool(diff) or len(got) < 100)
	X
}

note "nothing is up yet"
is "$(cmap -n ga show crypto isakmp sa)" "IPv4 Crypto ISAKMP SA
dst             src             state          conn-id status

IPv6 Crypto ISAKMP SA" "show crypto isakmp sa: headings alone"
like "$(cmap -n ga show crypto ipsec sa)" "current outbound spi: 0x0\(0\)" "show crypto ipsec sa: the permit rule is there without an SA"
like "$(cmap -n ga show crypto ipsec sa)" "current_peer $GB port 500" "and the peer"
like "$(cmap -n ga show crypto session)" '^Session status: DOWN$' "show crypto session: DOWN"

start debug-a ga cmap debug crypto isakmp ipsec
start debug-b gb cmap debug crypto isakmp ipsec
start events ga cmap -j debug crypto isakmp ipsec
waitfor 20 subscribed ga 2; waitfor 20 subscribed gb
check "the tunnel comes up and the first packet is not lost" ns ha ping -c 5 -i 0.2 -W 28 $HB
check "initiator is QM_IDLE" waitfor 10 up ga
check "responder is QM_IDLE" waitfor 10 up gb
check "the debug has reached its end" waitfor 20 grep -q 'updated peer' "$WORK/debug-a.log"
check "the responder's too" waitfor 20 grep -q 'enable SA with spi' "$WORK/debug-b.log"

note "tables"
like "$(cmap -n ga show crypto isakmp sa)" "^$GB    $GA       QM_IDLE           1001 ACTIVE$" "isakmp sa, initiator: dst is the responder"
like "$(cmap -n gb sh cry isa sa)" "^$GB    $GA       QM_IDLE           1001 ACTIVE$" "isakmp sa, responder: the same row"
like "$(cmap -n ga show crypto isakmp sa detail)" "^1001  $GA       $GB           ACTIVE aes  sha    psk  14 23:59:[0-9]+ " "isakmp sa detail"
out=$(cmap -n ga show crypto ipsec sa)
like "$out" '^interface: wan$' "ipsec sa: interface"
like "$out" '^    #pkts encaps: 5, #pkts encrypt: 5, #pkts digest: 5$' "ipsec sa: packets out"
like "$out" '^    #pkts decaps: 5, #pkts decrypt: 5, #pkts verify: 5$' "ipsec sa: packets in"
like "$out" '^     plaintext mtu 1438, path mtu 1500, ip mtu 1500, ip mtu idb wan$' "ipsec sa: MTUs"
is "$(grep -cE '^      spi: 0x[0-9A-F]+\([0-9]+\)$' <<< "$out")" 2 "ipsec sa: one SA each way"
like "$out" '^        sa timing: remaining key lifetime \(k/sec\): \(46079[0-9]+/3[0-9]+\)$' "ipsec sa: timing"
is "$(cmap -n ga show crypto ipsec sa peer 203.0.113.1)" "" "ipsec sa: a filter that nothing fits"
like "$(cmap -n ga show crypto ipsec sa peer $GB detail)" '##pkts replay failed \(rcv\): 0' "ipsec sa peer detail"
like "$(cmap -n ga show crypto session)" '^Session status: UP-ACTIVE     $' "session: UP-ACTIVE"
like "$(cmap -n ga show crypto isakmp policy)" 'AES - Advanced Encryption Standard \(256 bit keys\)\.' "isakmp policy"
like "$(cmap -n ga show crypto map)" 'Crypto Map IPv4 "VPN" 10 ipsec-isakmp' "map"
like "$(cmap -n ga show crypto ipsec transform-set)" 'Transform set TRANSFORM: \{ esp-aes esp-sha-hmac  \} ' "transform-set"
unlike "$(cmap -n ga show crypto isakmp key; cmap -n ga -j show crypto isakmp key)" ciscokey "no key is ever shown"
check "isakmp sa -j" bash -c 'cmap -n ga -j show crypto isakmp sa | python3 -c "import json,sys; d=json.load(sys.stdin); assert d[0][\"state\"] == \"QM_IDLE\" and d[0][\"conn_id\"] == 1001"'

note "debugs against a router's"
check "initiator: line by line" same_debug "$WORK/debug-a.log" debug_initiator.txt
check "responder: line by line" same_debug "$WORK/debug-b.log" debug_responder.txt
check "debug -j: an event a line" python3 -c 'import json,sys
for l in open(sys.argv[1]): assert json.loads(l)["type"]' "$WORK/events.log"

note "clear"
check "counters" cmap -n ga clear crypto sa counters
like "$(cmap -n ga show crypto ipsec sa)" '#pkts encaps: 0, ' "they count from 0"
is "$(cmap -n ga clear crypto isakmp 4711 2>&1)" "cmap: there is no ISAKMP SA with conn-id 4711 (show crypto isakmp sa lists them)" "an IKE SA that is not there"
is "$(cmap -n ga clear crypto isakmp 1001)" "" "clear crypto isakmp prints nothing"
check "the peer heard of it" waitfor 10 bash -c "! cmap -n gb show crypto isakmp sa | grep -v deleted | grep -q QM_IDLE"
unlike "$(cmap -n ga sa show)" '^$' "the IPsec SAs stay"
check "and carry traffic" ns ha ping -c 3 -i 0.2 -W 28 $HB
is "$(cmap -n ga clear crypto sa)" "" "clear crypto sa prints nothing"
check "no SA is left" waitfor 10 no_sa ga
check "traffic makes new ones" ns ha ping -c 3 -i 0.2 -W 28 $HB
is "$(cmap -n ga clear crypto session remote 203.0.113.1)" "" "clear crypto session of somebody else"
check "changes nothing" up ga
is "$(cmap -n ga clear crypto session)" "" "clear crypto session prints nothing"
check "no SA here" waitfor 10 no_sa ga
check "no SA there" waitfor 10 no_sa gb

note "the daemon ends under a debug"
stop ikemgr-ga
check "debug ends too, and says why" waitfor 10 grep -q 'ikemgr has ended' "$WORK/debug-a.log"
unset "DAEMON[debug-a]" "DAEMON[events]"
stop debug-b INT; ok $? "an interrupted debug ends well"
finish
