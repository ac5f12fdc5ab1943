#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# guest test: NAT traversal as IKE negotiates it, with strongSwan and with ourselves: a NAT in front of either side, keepalives, a NAT that forgets
# not on the debug kernel: it is about programs
. "$(dirname "$0")/lib.sh"
load_module
topology
NAT=198.51.100.254	# r as gb sees it
logs() { show ikemgr-ga "$WORK/ikemgr-ga.log"; show debug "$WORK/debug.log" 90; }
# nat: r changes what ga sends
nat() {
	ns r nft -f - <<-N
		table ip nat {
			chain out { type nat hook postrouting priority 100; oifname "b" ip saddr $GA masquerade random; }
		}
	N
}
nonat() { ns r nft delete table ip nat; ns r conntrack -F > /dev/null 2>&1; }
# encaps NS: ports of the SAs there
encaps() { cmap -n "$1" sa show | grep -oE 'encap [0-9]+ [0-9]+' | sort -u; }
none_of() { [ -z "$(cmap -n "$1" sa show)" ]; }
flows() {
	like "$(flow ha hb $HB 200 200 1300)" 'received 200 lost 0 duplicate 0 reordered 0 corrupt 0' "$1: 200 packets out, each once"
	like "$(flow hb ha $HA 200 200 1300)" 'received 200 lost 0 duplicate 0 reordered 0 corrupt 0' "$1: 200 packets in, each once"
}
AES="TRANSFORMS='esp-aes esp-sha-hmac' ESP=aes128-sha1"

nat
note "we are behind the NAT, strongSwan answers"
EXTRA="crypto isakmp nat keepalive 5" TRANSFORMS="esp-aes esp-sha-hmac" ios_conf a > "$WORK/a.conf"
ESP=aes128-sha1 swan_conf b | sed "s/remote_addrs = $GA/remote_addrs = %any/" > "$WORK/b.conf"
charon_up gb "$WORK/b.conf"; ikemgr_up ga "$WORK/a.conf"
start debug ga cmap debug crypto isakmp; waitfor 20 subscribed ga
start tcpdump r tcpdump -Unnli b udp; waitfor 30 grep -q listening "$WORK/tcpdump.log"
out=$(ns ha ping -c 5 -i 0.2 -W 28 $HB)
like "$out" ' 5 received' "behind a NAT, initiator: the ping that starts the negotiation loses nothing" || { logs; charon_log gb | tail -n 40 | sed 's/^/#   /'; }
like "$(cat "$WORK/debug.log")" 'constructed NAT-T vendor-rfc3947 ID' "the vendor ID is sent"
like "$(cat "$WORK/debug.log")" 'My hash no match -  this node inside NAT' "the NAT is found, on our side"
like "$(cat "$WORK/debug.log")" 'sending packet to .* my_port 4500 peer_port 4500 \(I\) MM_KEY_EXCH' "message 5 goes by port 4500"
is "$(encaps ga)" "encap 4500 4500" "ESP is in UDP"
like "$(cmap -n ga show crypto ipsec sa)" 'in use settings =\{Tunnel UDP-Encaps, \}' "show crypto ipsec sa says so"
like "$(cmap -n ga show crypto ipsec sa)" "current_peer $GB port 4500" "and the peer's port"
like "$(cmap -n ga show crypto session detail)" 'Capabilities:DN' "show crypto session detail says N"
like "$(swan gb -l)" "$NAT\[[0-9]+\]" "strongSwan speaks with the NAT"
flows "behind a NAT"
keepalive() { grep -qE ' > 198.51.100.1.4500: .*keep-alive|length 1$' "$WORK/tcpdump.log"; }
check "keepalives are sent" waitfor 20 keepalive
unlike "$(cat "$WORK/tcpdump.log")" 'IP 10\.' "nothing in clear between the gateways"
stop tcpdump
check "clear crypto session" cmap -n ga clear crypto session
check "no SA is left" waitfor 10 none_of ga
check "strongSwan has none left either" waitfor 20 eval '! swan gb -l | grep -q .'
stop debug; stop ikemgr-ga; stop charon-gb

note "strongSwan is behind the NAT, we answer"
TRANSFORMS="esp-aes esp-sha-hmac" ios_conf b | sed "s/\b$GA\b/$NAT/" > "$WORK/b.conf"
ESP=aes128-sha1 swan_conf a > "$WORK/a.conf"
charon_up ga "$WORK/a.conf"; ikemgr_up gb "$WORK/b.conf"
start debug gb cmap debug crypto isakmp; waitfor 20 subscribed gb
check "the peer behind a NAT, responder: strongSwan brings it up" swan ga --initiate --child net --timeout 30 || { show ikemgr-gb "$WORK/ikemgr-gb.log"; show debug "$WORK/debug.log" 90; }
like "$(cat "$WORK/debug.log")" 'Detected port floating to port = [0-9]+' "its port has floated"
is "$(state gb)" QM_IDLE "QM_IDLE"
unlike "$(encaps gb)" '^$' "ESP is in UDP"
flows "the peer behind a NAT"
check "it ends it" swan ga --terminate --ike net2net
check "and no SA is left here" waitfor 20 none_of gb
stop debug; stop ikemgr-gb; stop charon-ga

note "ours with ours, and a NAT that forgets"
TRANSFORMS="esp-aes esp-sha-hmac" EXTRA="crypto isakmp keepalive 10 2 periodic" ios_conf a > "$WORK/a.conf"
ikemgr_up gb "$WORK/b.conf"; ikemgr_up ga "$WORK/a.conf"
out=$(ns ha ping -c 5 -i 0.2 -W 28 $HB)
like "$out" ' 5 received' "ours: nothing is lost"
flows "ours"
nonat
finish_peers() { stop ikemgr-ga; stop ikemgr-gb; }

note "no NAT: nothing of it"
finish_peers
TRANSFORMS="esp-aes esp-sha-hmac" ios_conf b > "$WORK/b.conf"
ikemgr_up gb "$WORK/b.conf"; ikemgr_up ga "$WORK/a.conf"
out=$(ns ha ping -c 5 -i 0.2 -W 28 $HB)
like "$out" ' 5 received' "no NAT: nothing is lost"
is "$(encaps ga)$(encaps gb)" "" "no NAT: ESP alone"
finish_peers
finish
