#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# guest test: IPv6 outside, inside, or both: two of ours, and ours with strongSwan
# not on the debug kernel: it is about programs
# also on 6.12
. "$(dirname "$0")/lib.sh"
load_module
topology6

no_sa() { [ -z "$(cmap -n "$1" sa show)" ]; }
# conf SIDE OUTER INNER: a router's configuration; OUTER, INNER: 4 or 6
conf() {
	local me=$GA peer=$GB me6=$GA6 peer6=$GB6 mine=10.1.0.0 theirs=10.2.0.0 mine6=2001:db8:1::/64 theirs6=2001:db8:2::/64
	[ "$1" = a ] || { me=$GB peer=$GA me6=$GB6 peer6=$GA6 mine=10.2.0.0 theirs=10.1.0.0 mine6=2001:db8:2::/64 theirs6=2001:db8:1::/64; }
	cat <<-X
	hostname gw$1
	crypto isakmp policy 10
	 encr aes
	 authentication pre-share
	 group 14
	crypto isakmp key ciscokey address $peer
	crypto isakmp key ciscokey address ipv6 $peer6/128
	crypto ipsec transform-set TRANSFORM ${TRANSFORMS:-esp-aes esp-sha-hmac}
	crypto map ipv6 VPN 10 ipsec-isakmp
	 set peer $([ "$2" = 6 ] && echo "$peer6" || echo "$peer")
	 set transform-set TRANSFORM
	 match address LIST
	interface wan
	 ip address $me 255.255.255.0
	 ipv6 address $me6/64
	 ipv6 crypto map VPN
	$([ "$3" = 6 ] && printf 'ipv6 access-list LIST\n permit ipv6 %s %s' $mine6 $theirs6 || printf 'ip access-list extended LIST\n permit ip %s 0.0.0.255 %s 0.0.0.255' $mine $theirs)
	X
}
ours() {
	local to=$HB from=$HA out
	[ "$2" = 6 ] && to=$HB6 from=$HA6
	conf a "$1" "$2" > "$WORK/a.conf"; conf b "$1" "$2" > "$WORK/b.conf"
	ikemgr_up ga "$WORK/a.conf"; ikemgr_up gb "$WORK/b.conf"
	out=$(ns ha ping -c 5 -i 0.2 -W 28 $to)
	like "$out" ' 5 received' "IPv$2 in IPv$1: 5 pings, none lost" || { show ga "$WORK/ikemgr-ga.log"; show gb "$WORK/ikemgr-gb.log"; cmap -n ga -s stats; cmap -n gb -s stats; }
	is "$(state ga) $(state gb)" "QM_IDLE QM_IDLE" "IPv$2 in IPv$1: QM_IDLE on both"
	like "$(cmap -n ga show crypto ipsec sa)" '#pkts encaps: 5, ' "IPv$2 in IPv$1: 5 packets out"
	stop ikemgr-ga; ok $? "IPv$2 in IPv$1: ikemgr ends cleanly"
	check "IPv$2 in IPv$1: its deletes left nothing on the other side" waitfor 10 no_sa gb
	stop ikemgr-gb
}
ours 6 6
ours 6 4
ours 4 6

# strongSwan, IPv6 in IPv6, both roles
conf a 6 6 > "$WORK/a.conf"
IKE=aes128-sha1-modp2048 ESP=aes128-sha1 swan_conf b | sed "s/$GA/$GA6/; s/$GB/$GB6/; s/$GA/$GA6/; s/$GB/$GB6/; s,10.1.0.0/24,2001:db8:1::/64,; s,10.2.0.0/24,2001:db8:2::/64," > "$WORK/b.conf"
charon_up gb "$WORK/b.conf"
ikemgr_up ga "$WORK/a.conf"
out=$(ns ha ping -c 5 -i 0.2 -W 28 $HB6)
like "$out" ' 5 received' "strongSwan, IPv6, initiator: 5 pings, none lost" || { show ga "$WORK/ikemgr-ga.log"; charon_log gb | tail -n 30 | sed 's/^/#   /'; }
check "strongSwan, IPv6: clear crypto session" cmap -n ga clear crypto session
waitfor 10 no_sa ga
check "strongSwan, IPv6, responder: strongSwan brings it up" swan gb --initiate --child net --timeout 30
out=$(ns hb ping -c 3 -i 0.2 -W 28 $HA6)
like "$out" ' 3 received' "strongSwan, IPv6, responder: ping through the tunnel"
stop ikemgr-ga; ok $? "strongSwan, IPv6: ikemgr ends cleanly"
stop charon-gb
finish
