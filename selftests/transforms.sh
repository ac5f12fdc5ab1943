#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# guest test: transform sets with combined modes, AH, extended sequence numbers, transport mode, and the newer Diffie-Hellman groups, ports, compression refused, against strongSwan; AH around ESP, ours with ours
# takes minutes
# not on the debug kernel: it is about programs
. "$(dirname "$0")/lib.sh"
load_module
topology

no_sa() { [ -z "$(cmap -n "$1" sa show)" ]; }
logs() { show ikemgr "$WORK/ikemgr-ga.log"; charon_log gb | tail -n 30 | sed 's/^/#   /'; }

# swan TEXT TRANSFORMS PROPOSALS [ah]: networks in tunnel mode, both roles
swan_suite() {
	local TRANSFORMS=$2 ESP=$3 out
	ios_conf a > "$WORK/a.conf"
	swan_conf b > "$WORK/b.conf"
	[ "${4:-}" != ah ] || sed -i 's/esp_proposals/ah_proposals/' "$WORK/b.conf"
	charon_up gb "$WORK/b.conf"
	ikemgr_up ga "$WORK/a.conf"
	out=$(ns ha ping -c 5 -i 0.2 -W 28 $HB)
	like "$out" ' 5 received' "$1, initiator: 5 pings, none lost" || logs
	like "$(flow hb ha $HA 100 200 1300)" 'received 100 lost 0 duplicate 0 reordered 0 corrupt 0' "$1: 100 packets in, each once"
	like "$(flow ha hb $HB 100 200 1300)" 'received 100 lost 0 duplicate 0 reordered 0 corrupt 0' "$1: 100 packets out, each once"
	like "$(cmap -n ga show crypto ipsec sa)" "transform: $5 ," "$1: show crypto ipsec sa names the transforms"
	check "$1: clear crypto session" cmap -n ga clear crypto session
	check "$1: no SA is left here" waitfor 10 no_sa ga
	check "$1, responder: strongSwan brings it up" swan gb --initiate --child net --timeout 30 || logs
	out=$(ns hb ping -c 3 -i 0.2 -W 28 $HA)
	like "$out" ' 3 received' "$1, responder: ping through the tunnel"
	check "$1, responder: strongSwan ends it" swan gb --terminate --ike net2net
	check "$1, responder: the peer's delete leaves no SA here" waitfor 10 no_sa ga
	stop ikemgr-ga; ok $? "$1: ikemgr ends cleanly"
	stop charon-gb
}
swan_suite esp-gcm-128 "esp-gcm" aes128gcm16 "" "esp-gcm"
swan_suite esp-gcm-256 "esp-gcm 256" aes256gcm16 "" "esp-gcm 256"
swan_suite esp-gmac-128 "esp-gmac" aes128gmac "" "esp-gmac"
swan_suite ah-sha1 "ah-sha-hmac" sha1 ah "ah-sha-hmac"
ENTRY=" set transform-set TRANSFORM U V" swan_suite "esn, second of three sets" "esp-3des esp-md5-hmac
crypto ipsec transform-set U esp-aes 256 esp-sha256-hmac
 esn
crypto ipsec transform-set V ah-sha-hmac" aes256-sha256-esn "" "esp-256-aes esp-sha256-hmac"
swan_suite ah-sha256 "ah-sha256-hmac" sha256 ah "ah-sha256-hmac"

# transport mode, gateway to gateway
transport() {
	local TRANSFORMS="$2
	 mode transport" ESP=$3 ACL="permit ip host $GA host $GB" LOCAL_TS=$GB REMOTE_TS=$GA CHILD="mode = transport" out
	ios_conf a > "$WORK/a.conf"; swan_conf b > "$WORK/b.conf"
	[ "${4:-}" != ah ] || sed -i 's/esp_proposals/ah_proposals/' "$WORK/b.conf"
	charon_up gb "$WORK/b.conf"
	ikemgr_up ga "$WORK/a.conf"
	out=$(ns ga ping -c 5 -i 0.2 -W 28 $GB)
	like "$out" ' 5 received' "$1: 5 pings between the gateways, none lost" || logs
	like "$(cmap -n ga show crypto ipsec sa)" '={Transport, }' "$1: show crypto ipsec sa says Transport"
	like "$(swan gb -l)" 'TRANSPORT' "$1: strongSwan agrees"
	stop ikemgr-ga; ok $? "$1: ikemgr ends cleanly"
	stop charon-gb
}
transport "transport, CBC" "esp-aes esp-sha-hmac" aes128-sha1
transport "transport, GCM" "esp-gcm 256" aes256gcm16
transport "transport, AH" "ah-sha-hmac" sha1 ah

# groups NUMBER BITS NAME: for IKE and for PFS, both roles
groups() {
	local POLICY=" encr aes
	 hash sha256
	 authentication pre-share
	 group $1" ENTRY=" set pfs group$1" TRANSFORMS="esp-aes esp-sha256-hmac" IKE=aes128-sha256-$3 ESP=aes128-sha256-$3 out
	ios_conf a > "$WORK/a.conf"; swan_conf b > "$WORK/b.conf"
	charon_up gb "$WORK/b.conf"
	ikemgr_up ga "$WORK/a.conf"
	like "$(cmap -n ga show crypto isakmp policy)" "        Diffie-Hellman group:   #$1 \($2 bit\)" "group $1: show crypto isakmp policy"
	out=$(ns ha ping -c 3 -i 0.2 -W 28 $HB)
	like "$out" ' 3 received' "group $1, initiator: 3 pings, none lost" || logs
	out=$(swan gb -l)
	like "$out" "AES_CBC-128/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/${4:-${3^^}}" "group $1: strongSwan agrees, for IKE"
	like "$out" "ESP:AES_CBC-128/HMAC_SHA2_256_128/${4:-${3^^}}" "group $1: and for PFS"
	like "$(cmap -n ga show crypto ipsec sa)" "PFS \(Y/N\): Y, DH group: group$1" "group $1: show crypto ipsec sa names it"
	check "group $1: clear crypto session" cmap -n ga clear crypto session
	check "group $1: no SA is left here" waitfor 10 no_sa ga
	check "group $1, responder: strongSwan brings it up" swan gb --initiate --child net --timeout 30 || logs
	out=$(ns hb ping -c 3 -i 0.2 -W 28 $HA)
	like "$out" ' 3 received' "group $1, responder: 3 pings, none lost" || logs
	stop ikemgr-ga; ok $? "group $1: ikemgr ends cleanly"
	stop charon-gb
}
groups 19 256 ecp256 ECP_256
groups 20 384 ecp384 ECP_384
groups 21 521 ecp521 ECP_521
groups 24 2048 modp2048s256 MODP_2048_256

# what is protected is one protocol, and a range of ports, which the peer is offered as all of them
ports() {
	local LOCAL_TS="10.2.0.0/24[udp]" REMOTE_TS="10.1.0.0/24[udp]" ACL="permit udp 10.1.0.0 0.0.0.255 10.2.0.0 0.0.0.255 range 20000 29999"
	local TRANSFORMS="esp-aes esp-sha-hmac" ESP=aes128-sha1
	ios_conf a > "$WORK/a.conf"; swan_conf b > "$WORK/b.conf"
	charon_up gb "$WORK/b.conf"
	ikemgr_up ga "$WORK/a.conf"
	like "$(cat "$WORK/ikemgr-ga.log")" 'no range: the peer is offered all ports' "ports: the configuration's reader says what is offered"
	like "$(flow ha hb $HB 50 100 500)" 'received 50 lost 0 duplicate 0 reordered 0 corrupt 0' "ports, initiator: 50 packets, each once" || logs
	like "$(cmap -n ga sa show)" 'port 20000-29999' "ports: our SA has the range"
	like "$(swan gb -l)" '10.2.0.0/24.udp' "ports: strongSwan has the protocol"
	check "ports: clear crypto session" cmap -n ga clear crypto session
	check "ports: no SA is left here" waitfor 10 no_sa ga
	check "ports, responder: strongSwan brings it up" swan gb --initiate --child net --timeout 30 || logs
	like "$(flow ha hb $HB 50 100 500)" 'received 50 lost 0 duplicate 0 reordered 0 corrupt 0' "ports, responder: 50 packets, each once"
	stop ikemgr-ga; ok $? "ports: ikemgr ends cleanly"
	stop charon-gb
}
ports

# strongSwan offers compression with its first proposal; we take the one without
compress() {
	local TRANSFORMS="esp-aes esp-sha-hmac" ESP=aes128-sha1 CHILD="ipcomp = yes"
	ios_conf a > "$WORK/a.conf"; swan_conf b > "$WORK/b.conf"
	charon_up gb "$WORK/b.conf"
	ikemgr_up ga "$WORK/a.conf"
	start debug ga stdbuf -oL cmap -j debug crypto ipsec
	check "compression: the debug is on" waitfor 10 subscribed ga
	check "compression: strongSwan brings it up all the same" swan gb --initiate --child net --timeout 30 || logs
	like "$(ns hb ping -c 3 -i 0.2 -W 28 $HA)" ' 3 received' "compression: 3 pings, without it"
	like "$(cat "$WORK/debug.log")" 'joins compression .IPCOMP. to others' "compression: what was not taken is named"
	unlike "$(swan gb -l)" 'IPCOMP|IPComp' "compression: the peer has none"
	stop debug; stop ikemgr-ga; stop charon-gb
}
compress

# two of ours: what no other peer here speaks
ours() {
	local TRANSFORMS=$2 out
	ios_conf a > "$WORK/a.conf"; ios_conf b > "$WORK/b.conf"
	ikemgr_up ga "$WORK/a.conf"; ikemgr_up gb "$WORK/b.conf"
	out=$(ns ha ping -c 5 -i 0.2 -W 28 $HB)
	like "$out" ' 5 received' "$1: 5 pings, none lost" || { show ga "$WORK/ikemgr-ga.log"; show gb "$WORK/ikemgr-gb.log"; }
	like "$(flow ha hb $HB 100 200 1300)" 'received 100 lost 0 duplicate 0 reordered 0 corrupt 0' "$1: 100 packets, each once"
	is "$(cmap -n ga -j sa show | grep -o '"proto": *"[a-z]*"' | tr -d ' ' | sort | uniq -c | tr -s ' \n' ' ')" "$3" "$1: its SAs"
	stop ikemgr-ga; ok $? "$1: ikemgr ends cleanly"
	check "$1: its deletes left nothing on the other side" waitfor 10 no_sa gb
	stop ikemgr-gb
}
ours "AH and ESP" "ah-sha-hmac esp-aes 256 esp-sha256-hmac" ' 2 "proto":"ah" 2 "proto":"esp" '
ours "AH and ESP without its own authentication" "ah-sha256-hmac esp-3des" ' 2 "proto":"ah" 2 "proto":"esp" '
ours "AH and ESP, extended sequence numbers" "ah-sha-hmac esp-aes 256 esp-sha256-hmac
 esn" ' 2 "proto":"ah" 2 "proto":"esp" '
ours "GCM 192" "esp-gcm 192" ' 2 "proto":"esp" '
finish
