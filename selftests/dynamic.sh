#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# guest test: dynamic crypto maps with strongSwan initiators: temporary entries, reverse routes, a peer that changes its address, restarts
# not on the debug kernel: it is about programs
. "$(dirname "$0")/lib.sh"
load_module
topology6

# gc: a third gateway, with its LAN on its own loopback; gb, the hub, knows no way to the LANs
GC=203.0.113.1 HC=10.3.0.1
ip netns add gc
wire r c 203.0.113.254/24 gc wan $GC/24
ip -n gc link set lo up
ip -n gc addr add $HC/24 dev lo
ip -n gc route add default via 203.0.113.254
ip -n gb route del default
for net in 192.0.2.0/24 203.0.113.0/24; do ip -n gb route add $net via 198.51.100.254; done
ip -n gb -6 route del default; ip -n gb -6 route add 2001:db8:a::/64 via 2001:db8:b::fe

cat > "$WORK/b.conf" <<-X
	crypto isakmp policy 10
	 encr aes
	 authentication pre-share
	 group 2
	crypto isakmp key ciscokey address 0.0.0.0 0.0.0.0
	crypto isakmp key ciscokey address ipv6 ::/0
	crypto isakmp keepalive 10 2
	crypto isakmp invalid-spi-recovery
	crypto ipsec transform-set TRANSFORM esp-aes esp-sha-hmac
	crypto dynamic-map DYN 10
	 set transform-set TRANSFORM
	 match address 110
	 reverse-route
	crypto dynamic-map DYN 20
	 set transform-set TRANSFORM
	 set pfs group2
	 reverse-route
	crypto map VPN 100 ipsec-isakmp dynamic DYN
	interface wan
	 ip address $GB 255.255.255.0
	 ipv6 address $GB6/64
	 crypto map VPN
	access-list 110 permit ip 10.2.0.0 0.0.0.255 10.1.0.0 0.0.255.255
X
export IKE=aes128-sha1-modp1024 CHILD="start_action = trap"
ESP=aes128-sha1 swan_conf a > "$WORK/a.conf"
ESP=aes128-sha1-modp1024 swan_conf a | sed "s/\b$GA\b/$GC/; s,10.1.0.0/24,10.3.0.0/24," > "$WORK/c.conf"
ESP=aes128-sha1 swan_conf a | sed "s/\b$GA\b/192.0.2.7/" > "$WORK/moved.conf"
logs() { show ikemgr-gb "$WORK/ikemgr-gb.log"; charon_log ga | tail -n 30 | sed 's/^/#   /'; }
routes() { ip -n gb route show proto 50 | sed 's/ *$//'; }
no_route() { [ -z "$(routes)" ]; }
entries() { cmap -n gb -j map show | grep -oE '"seq": *(65|9)[0-9]+' | grep -oE '[0-9]+$' | sort -u | tr '\n' ' '; }
entries_are() { [ "$(entries)" = "$1" ]; }
map_text() { cmap -n gb show crypto map; }
initiate() { swan "$1" --initiate --child net --timeout 30; }
pings() { like "$(ns "$1" ping -c 3 -i 0.2 -W 28 "${@:3}")" ' 3 received' "$2"; }
ours() { grep -c "IP $GB.500 > " "$WORK/tcpdump.log"; }

ikemgr_up gb "$WORK/b.conf"
start debug gb cmap debug crypto ipsec; waitfor 20 subscribed gb
charon_up ga "$WORK/a.conf"; charon_up gc "$WORK/c.conf"
start tcpdump r tcpdump -nnlUi b; waitfor 30 grep -q listening "$WORK/tcpdump.log"

note "nobody is there"
is "$(entries)" "98304 " "the module has the list of template 10, behind all temporary entries"
ip -n gb route add 10.1.0.0/16 via 198.51.100.254
ns hb ping -c 2 -i 0.2 -W 1 $HA > /dev/null
is "$(reason gb no-sa)" 2 "what the template's list permits is not sent: 2 packets are dropped at once, none waits"
ip -n gb route del 10.1.0.0/16
is "$(ours)" 0 "and nothing is begun for it"

note "two peers at the same time"
initiate ga > "$WORK/ia.log" 2>&1 & ia=$!
initiate gc > "$WORK/ic.log" 2>&1 & ic=$!
wait $ia; ok $? "strongSwan in ga brings it up" || { show ia "$WORK/ia.log"; logs; }
wait $ic; ok $? "strongSwan in gc brings it up" || { show ic "$WORK/ic.log"; logs; }
check "two temporary entries" waitfor 10 entries_are "65536 65537 98304 "
map_text > "$WORK/map"
like "$(cat "$WORK/map")" '^Crypto Map IPv4 "VPN" 100 ipsec-isakmp$' "show crypto map: the entry that stands for the dynamic map"
like "$(cat "$WORK/map")" '^	Dynamic map template tag: DYN$' "show crypto map: its tag"
like "$(cat "$WORK/map")" '^	    access-list  permit ip 10.2.0.0 0.0.0.255 10.1.0.0 0.0.0.255$' "show crypto map: the proxies that ga asked for"
like "$(cat "$WORK/map")" '^	    dynamic \(created from dynamic map DYN/10\)$' "show crypto map: made of template 10"
like "$(cat "$WORK/map")" '^	    dynamic \(created from dynamic map DYN/20\)$' "show crypto map: the other of template 20"
like "$(grep -A1 65537 "$WORK/map"; grep -A1 65536 "$WORK/map")" "Peer = $GC" "show crypto map: and its peer"
is "$(grep -c 'Interfaces using' "$WORK/map")" 1 "show crypto map: the interfaces once, at the end"
like "$(cmap -n gb show crypto dynamic-map)" '^Crypto Map Template"DYN" 20$' "show crypto dynamic-map"
like "$(cmap -n gb show crypto ipsec sa)" 'PERMIT, flags=\{\}' "show crypto ipsec sa: no list is their origin"
is "$(routes)" "10.1.0.0/24 via 198.51.100.254 dev wan metric 65536
10.3.0.0/24 via 198.51.100.254 dev wan metric 65536" "routes to both LANs"
like "$(cmap -n gb show crypto route)" "^10.1.0.0/255.255.255.0 \[0/0\] via $GA$" "show crypto route"
like "$(cat "$WORK/debug.log")" "VPN Route Added 10.1.0.0 255.255.255.0 via $GA in IP DEFAULT TABLE" "debug crypto ipsec tells the route"
pings ha "from ha to hb and back" $HB
pings gc "from gc's LAN to hb and back" -I $HC $HB
pings hb "from hb to ha" $HA
flow ha hb $HB 300 200 900 > "$WORK/f1" & f=$!
like "$(flow hb ha $HA 300 200 900)" 'received 300 lost 0 duplicate 0 reordered 0 corrupt 0' "300 packets out, each once"
wait $f; like "$(cat "$WORK/f1")" 'received 300 lost 0 duplicate 0 reordered 0 corrupt 0' "while 300 come in, each once"

note "a reload"
guard() { cmap -n gb map show | grep -c "$1"; }
echo "access-list 110 permit ip 10.2.0.0 0.0.0.255 10.9.0.0 0.0.255.255" >> "$WORK/b.conf"
kill -HUP "${DAEMON[ikemgr-gb]}"
check "the template's new line is in the module" waitfor 10 eval '[ "$(guard 10.9.0.0/16)" = 1 ]' || cmap -n gb map show
is "$(entries)" "65536 65537 98304 " "the temporary entries stay"
pings ha "so do their tunnels" $HB

note "one leaves"
check "ga ends its tunnel" swan ga --terminate --ike net2net
one_left() { entries_are "65536 98304 " || entries_are "65537 98304 "; }
check "its entry is gone, the other's stays" waitfor 10 one_left
check "its route is gone" waitfor 10 eval '! routes | grep -q 10.1'
count=$(ours)
ns hb ping -c 2 -i 0.2 -W 1 $HA > /dev/null
is "$(ours)" "$count" "traffic to it begins nothing"
pings gc "the other peer does not notice" -I $HC $HB

note "a peer comes back with another address, without having said goodbye"
check "ga is there again" initiate ga || logs
stop charon-ga KILL
ns ga ip xfrm state flush; ns ga ip xfrm policy flush
ip -n ga addr add 192.0.2.7/24 dev wan
charon_up ga "$WORK/moved.conf"
check "from the other address" initiate ga || logs
check "the old entry makes room" waitfor 10 eval '! map_text | grep -q "Peer = '$GA'$"'
like "$(map_text)" 'Peer = 192.0.2.7$' "the new one is there"
pings hb "packets go to the new address" $HA

note "the hub's daemon is killed, and started again"
before=$(entries)
start through ha ping -i 0.2 -c 60 $HB; waitfor 20 grep -q 'icmp_seq=3' "$WORK/through.log"
stop ikemgr-gb KILL
stop debug
ikemgr_up gb "$WORK/b.conf"
check "ga's packets go on" waitfor 60 grep -q ' 60 received' "$WORK/through.log" || { show through "$WORK/through.log" 6; logs; }
stop through
is "$(entries)" "$before" "the same temporary entries"
is "$(routes | wc -l)" 2 "two routes"
like "$(map_text)" 'created from dynamic map DYN/20' "of the same templates"
pings hb "from hb to ha" $HA
pings gc "from gc's LAN to hb" -I $HC $HB

note "the hub ends them"
check "clear crypto session" cmap -n gb clear crypto session
check "no temporary entry is left" waitfor 10 entries_are "98304 "
check "no route is left" waitfor 10 no_route
check "gc has no SA either" waitfor 20 eval '! swan gc -l | grep -q .'
check "a tunnel again" initiate gc
stop ikemgr-gb; ok $? "ikemgr ends cleanly with a tunnel up"
is "$(routes)" "" "the route has gone with it"
stop tcpdump
unlike "$(cat "$WORK/tcpdump.log")" 'IP 10\.' "nothing in clear between the gateways"
stop charon-ga; stop charon-gc

note "IPv6, with ourselves"
cat > "$WORK/six.conf" <<-X
	crypto isakmp policy 10
	 encr aes
	 authentication pre-share
	 group 2
	crypto isakmp key ciscokey address ipv6 $GB6/128
	crypto ipsec transform-set TRANSFORM esp-aes esp-sha-hmac
	crypto map ipv6 SIX 10 ipsec-isakmp
	 set peer $GB6
	 set transform-set TRANSFORM
	 set pfs group2
	 match address LANS
	interface wan
	 ipv6 address $GA6/64
	 ipv6 crypto map SIX
	ipv6 access-list LANS
	 permit ipv6 2001:db8:1::/64 2001:db8:2::/64
X
ikemgr_up gb "$WORK/b.conf"; ikemgr_up ga "$WORK/six.conf"
out=$(ns ha ping -c 5 -i 0.2 -W 28 $HB6)
like "$out" ' 5 received' "IPv6: the ping that starts the negotiation loses nothing" || { show ga "$WORK/ikemgr-ga.log"; logs; }
like "$(map_text)" 'permit ipv6 2001:db8:2::/64 2001:db8:1::/64' "IPv6: a temporary entry"
like "$(ip -n gb -6 route show proto 50)" '^2001:db8:1::/64 via 2001:db8:b::fe dev wan metric 65536' "IPv6: a route"
stop ikemgr-ga
check "IPv6: the peer ends, the entry and the route go" waitfor 10 eval 'entries_are "98304 " && [ -z "$(ip -n gb -6 route show proto 50)" ]'
stop ikemgr-gb
finish
