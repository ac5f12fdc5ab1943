#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# guest test: IKE on paths that are narrow, IPv6, or behind a NAT in transport mode: fragmentation by IKE and by IP, with strongSwan in both roles
# takes minutes
# not on the debug kernel: it is about programs
. "$(dirname "$0")/lib.sh"
load_module
topology6

# conf SIDE OUTER: a router's configuration, IPv4 or IPv6 (4, 6) outside and inside. GROUP, SETS (a list), MODE, PFS, ACL; EXTRA
conf() {
	local me=$GA peer=$GB me6=$GA6 peer6=$GB6 mine=10.1.0.0 theirs=10.2.0.0 mine6=2001:db8:1::/64 theirs6=2001:db8:2::/64 s n=0
	[ "$1" = a ] || { me=$GB peer=$GA me6=$GB6 peer6=$GA6 mine=10.2.0.0 theirs=10.1.0.0 mine6=2001:db8:2::/64 theirs6=2001:db8:1::/64; }
	peer=${PEER:-$peer} peer6=${PEER6:-$peer6}
	cat <<-X
	crypto isakmp policy 10
	 encr aes
	 authentication pre-share
	 group ${GROUP:-16}
	crypto isakmp key ciscokey address $peer
	crypto isakmp key ciscokey address ipv6 $peer6/128
	$(for s in "${SETS[@]:-esp-aes esp-sha-hmac}"; do n=$((n + 1)); printf 'crypto ipsec transform-set T%s %s\n mode %s\n' $n "$s" "${MODE:-tunnel}"; done)
	crypto map ipv6 VPN 10 ipsec-isakmp
	 set peer $([ "$2" = 6 ] && echo "$peer6" || echo "$peer")
	 set transform-set $(for s in "${SETS[@]:-one}"; do n=$((n + 1)); printf 'T%s ' $n; done)
	${PFS:+ set pfs $PFS}
	 match address LIST
	interface wan
	 ip address $me 255.255.255.0
	 ipv6 address $me6/64
	 ipv6 crypto map VPN
	${EXTRA:-!}
	$([ "$2" = 6 ] && printf 'ipv6 access-list LIST\n permit %s' "${ACL:-ipv6 $mine6 $theirs6}" || printf 'ip access-list extended LIST\n permit %s' "${ACL:-ip $mine 0.0.0.255 $theirs 0.0.0.255}")
	X
}
six() { sed "s/\b$GA\b/$GA6/; s/\b$GB\b/$GB6/; s,10.1.0.0/24,2001:db8:1::/64,; s,10.2.0.0/24,2001:db8:2::/64,"; }
export IKE=aes128-sha1-modp4096 ESP=aes128-sha1

# What r lets through, and how many IP fragments of UDP it has seen from ga and from gb; without connection tracking there, or
# it would put them together
rules() { # RULE...
	ns r nft -f - <<-N
		add table inet path
		delete table inet path
		table inet path {
			counter fragments { }
			chain forward {
				type filter hook prerouting priority -400
				ip frag-off & 0x3fff != 0 ip protocol udp counter name fragments
				exthdr frag exists counter name fragments
				$(printf '%s\n' "$@")
			}
		}
	N
}
NO_FRAGMENTS=("ip frag-off & 0x3fff != 0 drop" "exthdr frag exists drop")
fragments() { ns r nft list counter inet path fragments | awk '$1 == "packets" {print $2}'; }
none_of() { [ -z "$(cmap -n "$1" sa show)" ]; }
none_at() { ! swan "$1" -l | grep -q .; }
logs() { local f; for f in "$WORK"/ikemgr-*.log; do show "$f" "$f" 20; done; show debug "$WORK/debug.log" 60; [ ! -d "$WORK/charon-gb" ] || charon_log gb | tail -n 30 | sed 's/^/#   /'; }
pings() { like "$(ns "$1" ping -c 3 -i 0.2 -W 28 "${@:3}")" ' 3 received' "$2" || logs; }
encaps() { cmap -n "$1" sa show | sed -n 's/.* encap \([0-9]* [0-9]*\).*/\1/p' | sort -u | tr '\n' ' '; }
debugging() { start debug ga cmap debug crypto isakmp; waitfor 20 subscribed ga; }
said() { grep -q -- "$1" "$WORK/debug.log"; }

# both_roles TEXT HERE THERE: ours in ga, strongSwan in gb; each begins once
both_roles() {
	pings ha "$1: we begin" "$3"
	check "$1: clear crypto session" cmap -n ga clear crypto session
	check "$1: nothing is left here" waitfor 10 none_of ga
	check "$1: nor there" waitfor 20 none_at gb
	check "$1: strongSwan begins" swan gb --initiate --child net --timeout 30 || logs
	pings hb "$1: its traffic" "$2"
}

# path FAMILY HERE THERE MTU PROPOSALS: what is too big for the MTU of ga's cable
path() {
	local v=IPv$1 log
	note "$v, IKE fragmentation with strongSwan; no IP fragment gets through"
	ip -n ga link set dev wan mtu "$4"; ip -n r link set dev a mtu "$4"
	rules "${NO_FRAGMENTS[@]}"
	EXTRA="crypto isakmp fragmentation" conf a "$1" > "$WORK/a.conf"
	ESP=$5 swan_conf b | { [ "$1" = 4 ] && cat || six; } > "$WORK/b.conf"
	CHARON_EXTRA="fragment_size = 400" charon_up gb "$WORK/b.conf"
	ikemgr_up ga "$WORK/a.conf"; debugging
	both_roles "$v, in pieces" "$2" "$3"
	is "$(fragments)" 0 "$v: there was not one IP fragment"
	log=$(charon_log gb)
	like "$log" 'splitting IKE message .* into [0-9]+ fragments' "$v: strongSwan sent pieces"
	like "$log" 'received fragment #[0-9]+, (waiting for complete|reassembled fragmented) IKE message' "$v: and got some"
	like "$(cat "$WORK/debug.log")" 'ISAKMP:\(0\): processing IKE frag vendor id payload' "$v: its vendor ID"
	unlike "$(cat "$WORK/debug.log")" 'Support for IKE Fragmentation not enabled' "$v: is welcome"
	like "$(cmap -n ga show crypto session detail)" 'Capabilities:DF ' "$v: show crypto session detail says F"
	stop debug; stop ikemgr-ga; stop charon-gb

	note "$v, without: IP fragments"
	rules
	conf a "$1" > "$WORK/a.conf"
	charon_up gb "$WORK/b.conf"
	ikemgr_up ga "$WORK/a.conf"; debugging
	both_roles "$v, IP fragments" "$2" "$3"
	[ "$(fragments)" -gt 0 ]; ok $? "$v: $(fragments) IP fragments were there"
	check "$v: Support for IKE Fragmentation not enabled" said 'Support for IKE Fragmentation not enabled'
	stop debug; stop ikemgr-ga; stop charon-gb
	ip -n ga link set dev wan mtu 1500; ip -n r link set dev a mtu 1500
	ns r nft delete table inet path
}
# Of IPv6 packets, 1280 bytes go whole: what does not fit has many proposals, and a public value.
SETS=() PFS=group16
for bits in "" 192 256; do
	for hash in sha sha256 sha384 sha512 md5; do SETS+=("esp-aes $bits esp-$hash-hmac"); done
done
path 6 $HA6 $HB6 1280 aes128-sha1-modp4096
unset SETS PFS

note "IPv6 through a NAT"
ns r nft 'add table ip6 nat; add chain ip6 nat out { type nat hook postrouting priority 100; }; add rule ip6 nat out oifname "b" ip6 saddr 2001:db8:a::/64 masquerade random'
GROUP=14 conf a 6 > "$WORK/a.conf"
IKE=aes128-sha1-modp2048 swan_conf b | sed "s/remote_addrs = $GA/remote_addrs = %any/" | six > "$WORK/b.conf"
ns r conntrack -F > /dev/null 2>&1
charon_up gb "$WORK/b.conf"
ikemgr_up ga "$WORK/a.conf"; debugging
pings ha "IPv6, NAT: we begin" $HB6
pings hb "IPv6, NAT: the other direction" $HA6
is "$(encaps ga)" "4500 4500 " "IPv6, NAT: ESP is in UDP"
check "IPv6, NAT: it is found" said 'My hash no match -  this node inside NAT'
like "$(cmap -n ga show crypto isakmp sa)" 'QM_IDLE' "IPv6, NAT: QM_IDLE"
stop debug; stop ikemgr-ga; stop charon-gb
ns r nft delete table ip6 nat

path 4 $HA $HB 600 aes128-sha1

note "ours with ours, on a path that takes 576 bytes, and does not say so"
rules "${NO_FRAGMENTS[@]}" "ip protocol udp ip length > 576 drop"
EXTRA="crypto isakmp fragmentation" conf a 4 > "$WORK/a.conf"; EXTRA="crypto isakmp fragmentation" conf b 4 > "$WORK/b.conf"
ikemgr_up gb "$WORK/b.conf"; ikemgr_up ga "$WORK/a.conf"; debugging
pings ha "a black hole: nothing is lost, it takes some seconds" $HB
check "after repetitions" said 'retransmitting phase 1'
stop debug; stop ikemgr-ga; stop ikemgr-gb
ns r nft delete table inet path

note "transport mode through a NAT: we are behind it"
NAT=198.51.100.254
ns r nft 'add table ip nat; add chain ip nat out { type nat hook postrouting priority 100; }; add rule ip nat out oifname "b" ip saddr 192.0.2.0/24 masquerade random'
GROUP=14 MODE=transport ACL="ip host $GA host $GB" conf a 4 > "$WORK/a.conf"
IKE=aes128-sha1-modp2048 CHILD="mode = transport" LOCAL_TS=dynamic REMOTE_TS=dynamic swan_conf b | sed "s/remote_addrs = $GA/remote_addrs = %any/" > "$WORK/b.conf"
charon_up gb "$WORK/b.conf"
ikemgr_up ga "$WORK/a.conf"; debugging
pings ga "transport mode, NAT: we begin" $GB
like "$(cmap -n ga show crypto ipsec sa)" 'in use settings =\{Transport UDP-Encaps, \}' "show crypto ipsec sa says so"
like "$(swan gb -l)" 'TRANSPORT-in-UDP' "strongSwan, too"
start echo gb "$HERE/echo.py" serve; waitfor 60 grep -q ready "$WORK/echo.log"
check "a TCP stream out: checksums are right" ns ga "$HERE/echo.py" stream $GB 100000
check "and in" ns ga "$HERE/echo.py" pull $GB 100000
stop echo; stop debug; stop ikemgr-ga; stop charon-gb

note "transport mode through a NAT: strongSwan is behind it"
ns r conntrack -F > /dev/null 2>&1
GROUP=14 MODE=transport PEER=$NAT ACL="ip host $GB host $NAT" conf b 4 > "$WORK/b.conf"
IKE=aes128-sha1-modp2048 CHILD="mode = transport" LOCAL_TS=dynamic REMOTE_TS=dynamic swan_conf a > "$WORK/a.conf"
ikemgr_up gb "$WORK/b.conf"; charon_up ga "$WORK/a.conf"
check "transport mode, NAT: strongSwan begins" swan ga --initiate --child net --timeout 30 || { show gb "$WORK/ikemgr-gb.log"; charon_log ga | tail -n 40 | sed 's/^/#   /'; }
like "$(cmap -n gb show crypto ipsec sa)" "remote ident \(addr/mask/prot/port\): \($NAT/255.255.255.255/0/0\)" "the peer is the address that we see"
start echo gb "$HERE/echo.py" serve; waitfor 60 grep -q ready "$WORK/echo.log"
pings ga "transport mode, NAT: its traffic" $GB
check "a TCP stream in: checksums are right" ns ga "$HERE/echo.py" stream $GB 100000
check "and out" ns ga "$HERE/echo.py" pull $GB 100000
stop echo; stop charon-ga; stop ikemgr-gb
finish
