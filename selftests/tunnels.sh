#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# guest test: tunnel protection: mode ipsec ipv4 and ipv6 (the configuration of a published document), GRE; a daemon that crashed; route-based strongSwan; a profile that only answers
# not on the debug kernel: it is about programs; tunnel.sh is about the device
. "$(dirname "$0")/lib.sh"
load_module
topology6

no_sa() { [ -z "$(cmap -n "$1" sa show)" ]; }
up() { cmap -n "$1" -j sa show | grep -q out; }
both_up() { state ga | grep -q QM_IDLE && state gb | grep -q QM_IDLE && up ga && up gb; }
logs() { show ga "$WORK/ikemgr-ga.log"; show gb "$WORK/ikemgr-gb.log"; ip -n ga -d link show Tunnel23; cmap -n ga -s stats; cmap -n gb -s stats; }
# tunnel SIDE LINES...: a configuration with interface Tunnel23
tunnel() {
	local peer=$GB me=2
	[ "$1" = a ] || { peer=$GA me=3; }
	shift
	cat <<-X
	crypto isakmp policy 10
	 encr aes
	 authentication pre-share
	 group 14
	crypto isakmp key ciscokey address 0.0.0.0
	crypto ipsec transform-set TRA esp-aes esp-sha-hmac
	 mode transport
	crypto ipsec profile PRO
	 set transform-set TRA
	interface Tunnel23
	 ip address 192.168.23.$me 255.255.255.0
	 tunnel source wan
	 tunnel destination $peer
	$(printf ' %s\n' "$@")
	 tunnel protection ipsec profile PRO
	interface wan
	 ip address $([ $me = 2 ] && echo $GA || echo $GB) 255.255.255.0
	X
}
begin() { # both sides from $WORK/{a,b}.conf
	ikemgr_up ga "$WORK/a.conf" "$@"; ikemgr_up gb "$WORK/b.conf" "$@"
}
end() {
	stop ikemgr-ga; ok $? "$1: ikemgr ends cleanly"
	stop ikemgr-gb; ok $? "$1: the other, too"
	like "$(ip -n ga link show Tunnel23 2>&1)" 'does not exist' "$1: the interface is gone"
}

tunnel a "tunnel mode ipsec ipv4" > "$WORK/a.conf"; tunnel b "tunnel mode ipsec ipv4" > "$WORK/b.conf"
begin
check "mode ipsec ipv4: comes up by itself" waitfor 60 both_up || logs
for n in ga gb; do
	other=10.2.0.0/24; [ $n = ga ] || other=10.1.0.0/24
	check "mode ipsec ipv4: a route to the tunnel in $n" ip -n $n route add $other dev Tunnel23
done
out=$(ns ha ping -c 5 -i 0.2 -W 10 $HB)
like "$out" ' 5 received' "mode ipsec ipv4: 5 pings between the networks" || logs
out=$(ns ga ping -c 3 -i 0.2 -W 10 192.168.23.3)
like "$out" ' 3 received' "mode ipsec ipv4: 3 pings between the tunnel's ends"
like "$(flow ha hb $HB 100 200 1300)" 'received 100 lost 0 duplicate 0 reordered [0-9]+ corrupt 0' "mode ipsec ipv4: 100 packets, each once"
like "$(cmap -n ga show crypto map)" 'Crypto Map IPv4 "Tunnel23-head-0" 65537 ipsec-isakmp' "show crypto map names it as a router does"
like "$(cmap -n ga show crypto ipsec sa)" 'Crypto map tag: Tunnel23-head-0, local addr 192.0.2.1' "show crypto ipsec sa, too"
check "mode ipsec ipv4: cleared" cmap -n gb clear crypto session
check "mode ipsec ipv4: comes up again" waitfor 60 both_up || logs
out=$(ns ha ping -c 5 -i 0.2 -W 10 $HB)
like "$out" ' 5 received' "mode ipsec ipv4: and carries traffic again"

# A daemon that ends without a word leaves the tunnel behind; the next one goes on with it, and with the routes to it.
stop ikemgr-ga KILL
index=$(ns ga cat /sys/class/net/Tunnel23/ifindex)
ikemgr_up ga "$WORK/a.conf"
check "killed: the next daemon brings the tunnel up" waitfor 60 both_up || logs
out=$(ns ha ping -c 5 -i 0.2 -W 10 $HB)
like "$out" ' 5 received' "killed: it carries traffic again, by the same route" || logs
is "$(ns ga cat /sys/class/net/Tunnel23/ifindex)" "$index" "killed: it is the same interface"

# It has what is configured now, and nothing else.
stop ikemgr-ga KILL
ip -n ga addr add 192.168.77.1/24 dev Tunnel23; ip -n ga link set Tunnel23 mtu 1300
ip -n ga link add lo1 type dummy; ip -n ga addr add $GA/32 dev lo1; ip -n ga link set lo1 up
sed 's/192.168.23.2 /192.168.23.12 /; s/tunnel source wan/tunnel source lo1/; /tunnel destination/a\ ip mtu 1350' "$WORK/a.conf" > "$WORK/a2.conf"
ikemgr_up ga "$WORK/a2.conf"
check "killed, other lines: the tunnel comes up" waitfor 60 both_up || logs
is "$(ip -n ga -4 -o addr show dev Tunnel23 | awk '{print $4}')" 192.168.23.12/24 "killed, other lines: its address is the configured one alone"
like "$(ip -n ga link show Tunnel23)" 'Tunnel23@lo1: .* mtu 1350' "killed, other lines: so are its MTU and the interface below"
stop ikemgr-ga KILL
ikemgr_up ga "$WORK/a.conf"
check "killed, the lines of before: the tunnel comes up" waitfor 60 both_up || logs
is "$(ip -n ga -4 -o addr show dev Tunnel23 | awk '{print $4}')" 192.168.23.2/24 "killed, the lines of before: its address"
like "$(ip -n ga link show Tunnel23)" 'Tunnel23@wan: .* mtu 1438' "killed, the lines of before: MTU and interface below"
ip -n ga link del lo1
stop ikemgr-ga KILL
stop ikemgr-gb; ok $? "the other one ends cleanly"
like "$(ip -n gb link show Tunnel23 2>&1)" 'does not exist' "its interface is gone"
ios_conf a > "$WORK/a.conf"
ikemgr_up ga "$WORK/a.conf"
like "$(ip -n ga link show Tunnel23 2>&1)" 'does not exist' "killed: a tunnel that is configured no more is taken away"
unlike "$(cmap -n ga map show)" Tunnel23 "killed: so is its map"
stop ikemgr-ga

# The document's configuration, with the blanks that its addresses have there; its Ethernet0/0 is our wan.
doc() {
	cat <<-X
	crypto isakmp policy 10

	authentication pre-share

	crypto isakmp key cisco address ipv6 ::/0

	crypto ipsec transform-set TRA esp-aes esp-sha-hmac

	mode transport

	crypto ipsec profile PRO

	set transform-set TRA

	interface Tunnel23

	ip address 192.168.23.$1 255.255.255.0

	ipv6 address FE80::23:$1 link-local

	tunnel source Ethernet0/0

	tunnel mode ipsec ipv6

	tunnel destination ${2/:/: }

	tunnel protection ipsec profile PRO
	X
}
doc 2 $GB6 > "$WORK/a.conf"; doc 3 $GA6 > "$WORK/b.conf"
begin -i Ethernet0/0=wan
check "mode ipsec ipv6: comes up by itself" waitfor 60 both_up || logs
out=$(ns ga ping -c 5 -i 0.2 -W 10 fe80::23:3%Tunnel23)
like "$out" ' 5 received' "mode ipsec ipv6: 5 pings between link-local addresses" || logs
like "$(cmap -n ga show crypto ipsec sa)" 'local  ident .addr/mask/prot/port.: .::/0/0/0.' "mode ipsec ipv6: its proxies"
end "mode ipsec ipv6"

# GRE: the tunnels are Linux' own
tunnel a > "$WORK/a.conf"; tunnel b > "$WORK/b.conf"
ip -n ga link add gre23 type gre local $GA remote $GB; ip -n ga addr add 192.168.24.2/24 dev gre23; ip -n ga link set gre23 up
ip -n gb link add gre23 type gre local $GB remote $GA; ip -n gb addr add 192.168.24.3/24 dev gre23; ip -n gb link set gre23 up
begin
check "GRE: comes up by itself" waitfor 60 both_up || logs
out=$(ns ga ping -c 5 -i 0.2 -W 10 192.168.24.3)
like "$out" ' 5 received' "GRE: 5 pings through the tunnel" || logs
like "$(cmap -n ga show crypto ipsec sa)" 'local  ident .addr/mask/prot/port.: .192.0.2.1/255.255.255.255/47/0.' "GRE: its proxies"
like "$(cmap -n ga show crypto ipsec sa)" '={Transport, }' "GRE: in transport mode"
end "GRE"

# strongSwan with an XFRM interface, everything to everything
tunnel a "tunnel mode ipsec ipv4" > "$WORK/a.conf"
IKE=aes128-sha1-modp2048 ESP=aes128-sha1 LOCAL_TS=0.0.0.0/0 REMOTE_TS=0.0.0.0/0 CHILD="if_id_in = 7
      if_id_out = 7" swan_conf b > "$WORK/b.conf"
if ip -n gb link add xfrm7 type xfrm dev wan if_id 7 2>/dev/null; then
	ip -n gb link set xfrm7 up; ip -n gb route replace 10.1.0.0/24 dev xfrm7
	charon_up gb "$WORK/b.conf"
	ikemgr_up ga "$WORK/a.conf"
	check "strongSwan, route-based: comes up by itself" waitfor 60 up ga || { show ga "$WORK/ikemgr-ga.log"; charon_log gb | tail -n 30 | sed 's/^/#   /'; }
	check "strongSwan, route-based: it has it, too" waitfor 30 bash -c "ip -n gb xfrm policy | grep -q if_id"
	ip -n ga route replace 10.2.0.0/24 dev Tunnel23
	out=$(ns ha ping -c 5 -i 0.2 -W 10 $HB)
	like "$out" ' 5 received' "strongSwan, route-based: 5 pings" || logs
	stop ikemgr-ga; ok $? "strongSwan, route-based: ikemgr ends cleanly"

	# A profile that only answers
	sed -i 's/^crypto ipsec profile PRO/&\n responder-only/' "$WORK/a.conf"
	ns r nft -f - <<-N
		table ip ike {
			counter asked { }
			chain forward {
				type filter hook forward priority 0
				ip saddr $GA udp dport 500 counter name asked
			}
		}
	N
	ikemgr_up ga "$WORK/a.conf"
	ip -n ga route replace 10.2.0.0/24 dev Tunnel23
	like "$(cmap -n ga show crypto ipsec profile PRO | tr '\n\t' '  ')" '^IPSEC profile PRO  Security .*Responder-Only .Y/N.: Y  PFS .*TRA:  \{ esp-aes esp-sha-hmac  \} , +}  $' "responder-only: show crypto ipsec profile says so"
	is "$(cmap -n ga show crypto ipsec security-association)" "Security association lifetime: 4608000 kilobytes/3600 seconds" "show crypto ipsec security-association: the lifetimes"
	unlike "$(ns ha ping -c 3 -i 0.2 -W 3 $HB)" 'bytes from' "responder-only: without a peer that begins there is no tunnel"
	is "$(ns r nft list counter ip ike asked | awk '$1 == "packets" {print $2}')" 0 "responder-only: and nothing was asked"
	check "responder-only: strongSwan begins" swan gb --initiate --child net --timeout 30 || charon_log gb | tail -n 30 | sed 's/^/#   /'
	like "$(ns ha ping -c 5 -i 0.2 -W 10 $HB)" ' 5 received' "responder-only: 5 pings" || logs
	check "responder-only: the peer ends it" swan gb --terminate --ike net2net
	check "responder-only: nothing is left of it" waitfor 10 no_sa ga
	unlike "$(ns ha ping -c 3 -i 0.2 -W 3 $HB)" 'bytes from' "responder-only: and no tunnel again"
	check "responder-only: strongSwan begins once more" swan gb --initiate --child net --timeout 30
	like "$(ns ha ping -c 5 -i 0.2 -W 10 $HB)" ' 5 received' "responder-only: 5 pings"
	stop ikemgr-ga; ok $? "responder-only: ikemgr ends cleanly"
	stop charon-gb
else
	skip "strongSwan, route-based" "this kernel has no XFRM interfaces"
fi
finish
