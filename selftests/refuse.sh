#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# guest test: wrong key, wrong transform-set, wrong proxy identity: no SA, the right notify, the right counters, both roles
# not on the debug kernel: it is about programs
. "$(dirname "$0")/lib.sh"
load_module
topology
no_sa() { [ -z "$(cmap -n "$1" sa show)" ]; }
heard() { charon_log gb | grep -qE "$1"; }

# mismatch TEXT: a.conf and b.conf differ; nothing may come up, whoever starts
mismatch() {
	ip netns exec hb tcpdump -i eth0 -n -w "$WORK/hb.pcap" -U icmp 2> "$WORK/tcpdump.log" & dump=$!
	waitfor 30 grep -q listening "$WORK/tcpdump.log"
	charon_up gb "$WORK/b.conf"; ikemgr_up ga "$WORK/a.conf"
	start debug ga cmap debug crypto isakmp ipsec; waitfor 20 subscribed ga
	before=$(reason ga no-sa)
	# 64 packets wait for an SA, 6 find no room
	ns ha ping -q -c 70 -i 0.01 -W 3 $HB > /dev/null
}
end() {
	check "$1: no SA" no_sa ga
	is "$(tcpdump -nr "$WORK/hb.pcap" 2> /dev/null)" "" "$1: nothing reached the other side in clear"
	like "$(cmap -n ga show crypto ipsec sa)" '#send errors 6, #recv errors 0' "$1: what found no room to wait are send errors"
	is $(($(reason ga no-sa) - before)) 6 "$1: and are counted as no-sa"
	kill $dump; stop debug INT; stop ikemgr-ga; stop charon-gb
}

KEY=ciscokey ios_conf a > "$WORK/a.conf"; KEY=otherkey swan_conf b > "$WORK/b.conf"
mismatch
unlike "$(state ga)" QM_IDLE "wrong key, initiator: no QM_IDLE"
check "wrong key, initiator: strongSwan could not read MM5" waitfor 20 heard 'invalid HASH_V1|could not decrypt|malformed|decryption failed|ID_V1 payload'
swan gb --initiate --child net --timeout 10 > /dev/null 2>&1
check "wrong key, responder: the event names it" waitfor 20 grep -qE 'reserved not zero|IKMP_BAD_MESSAGE|malformed' "$WORK/debug.log" "$WORK/ikemgr-ga.log"
unlike "$(state ga)" QM_IDLE "wrong key, responder: no QM_IDLE"
end "wrong key"

ios_conf a > "$WORK/a.conf"; ESP=aes256-sha256 swan_conf b > "$WORK/b.conf"
mismatch
check "wrong transform-set, initiator: phase 1 is up" waitfor 20 bash -c '[ "$(cmap -n ga show crypto isakmp sa | grep -c QM_IDLE)" -ge 1 ]'
check "wrong transform-set, initiator: NO_PROPOSAL_CHOSEN from strongSwan is understood" waitfor 20 grep -q 'processing NOTIFY PROPOSAL_NOT_CHOSEN protocol 3' "$WORK/debug.log"
swan gb --initiate --child net --timeout 10 > /dev/null 2>&1
check "wrong transform-set, responder: strongSwan gets NO_PROPOSAL_CHOSEN" waitfor 20 heard 'received NO_PROPOSAL_CHOSEN'
check "wrong transform-set, responder: debug says transform proposal not supported" waitfor 10 grep -q 'transform proposal not supported for identity' "$WORK/debug.log"
check "wrong transform-set, responder: error 256" grep -q 'IPSec policy invalidated proposal with error 256' "$WORK/debug.log"
end "wrong transform-set"

ios_conf a > "$WORK/a.conf"; LOCAL_TS=10.3.0.0/24 swan_conf b > "$WORK/b.conf"
mismatch
check "wrong proxies, initiator: strongSwan's refusal is understood" waitfor 20 grep -qE 'processing NOTIFY (INVALID_ID|PROPOSAL_NOT_CHOSEN)' "$WORK/debug.log"
swan gb --initiate --child net --timeout 10 > /dev/null 2>&1
check "wrong proxies, responder: debug says proxy identities not supported" waitfor 10 grep -q 'proxy identities not supported' "$WORK/debug.log"
check "wrong proxies, responder: error 32" grep -q 'IPSec policy invalidated proposal with error 32' "$WORK/debug.log"
check "wrong proxies, responder: strongSwan hears of it" waitfor 20 heard 'received (INVALID_ID_INFORMATION|NO_PROPOSAL_CHOSEN)'
end "wrong proxies"

POLICY=" encr aes
 authentication pre-share
 group 5" ios_conf a > "$WORK/a.conf"; IKE=3des-md5-modp1024 swan_conf b > "$WORK/b.conf"
mismatch
check "wrong policy, initiator: strongSwan's clear NO_PROPOSAL_CHOSEN is shown" waitfor 20 grep -qE 'Notify has no hash|NO_PROPOSAL_CHOSEN|PROPOSAL_NOT_CHOSEN' "$WORK/debug.log"
swan gb --initiate --child net --timeout 10 > /dev/null 2>&1
check "wrong policy, responder: the attribute that differs is named" waitfor 10 grep -q 'Encryption algorithm offered does not match policy!' "$WORK/debug.log"
check "wrong policy, responder: no offers accepted" grep -q 'no offers accepted!' "$WORK/debug.log"
check "wrong policy, responder: strongSwan gets NO_PROPOSAL_CHOSEN" waitfor 20 heard 'received NO_PROPOSAL_CHOSEN'
end "wrong policy"
finish
