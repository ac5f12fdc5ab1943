#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# guest test: tunnel devices under traffic: streams with offloads on and off, a Linux XFRM interface as the peer, GRE in transport mode, removal
# two CPUs: devices go under traffic
. "$(dirname "$0")/lib.sh"
load_module
topology6
. "$HERE/device.sh"

note "streams"
check "both up" all_up
start echo hb "$HERE/echo.py" serve
start echo-ga ga "$HERE/echo.py" serve
waitfor 30 grep -q ready "$WORK/echo.log"; waitfor 30 grep -q ready "$WORK/echo-ga.log"
for off in on off; do
	for g in ga gb; do
		for i in Tunnel23 lan wan; do ns $g ethtool -K $i tso $off gso $off gro $off sg $off tx $off > /dev/null 2>&1; done
	done
	like "$(ns ga ethtool -k Tunnel23)" "tcp-segmentation-offload: $off" "offloads are $off"
	check "offloads $off: a stream through both gateways" ns ha "$HERE/echo.py" stream $HB 3000000
	check "offloads $off: and back" ns ha "$HERE/echo.py" pull $HB 3000000
	check "offloads $off: from a gateway itself" ns ga "$HERE/echo.py" stream $HB 3000000
	check "offloads $off: to a gateway" ns hb "$HERE/echo.py" stream 10.9.0.1 3000000
done
is "$(count ga tx errors) $(count ga rx errors) $(count gb tx errors) $(count gb rx errors)" "0 0 0 0" "without an error"
stop echo; stop echo-ga
all_down

note "a Linux XFRM interface as the peer"
xfrm_peer() {
	local dir
	ip -n gb link add ipsec0 type xfrm dev wan if_id 7 || return 1
	ns gb sysctl -qw net.ipv6.conf.ipsec0.disable_ipv6=1
	ip -n gb link set ipsec0 mtu $ROOM up && ip -n gb addr add 10.9.0.2/30 dev ipsec0 && ip -n gb route replace 10.1.0.0/24 dev ipsec0 || return 1
	for dir in "0x200 $GB $GA" "0x100 $GA $GB"; do
		# shellcheck disable=SC2086
		set -- $dir
		ip -n gb xfrm state add src "$2" dst "$3" proto esp spi "$1" reqid 7 mode tunnel if_id 7 replay-window 32 flag af-unspec enc 'cbc(aes)' 0x$ENC auth-trunc 'hmac(sha1)' 0x$AUTH 96 || return 1
	done
	ip -n gb xfrm policy add src 0.0.0.0/0 dst 0.0.0.0/0 dir out if_id 7 tmpl src $GB dst $GA proto esp reqid 7 mode tunnel &&
		ip -n gb xfrm policy add src 0.0.0.0/0 dst 0.0.0.0/0 dir in if_id 7 tmpl src $GA dst $GB proto esp reqid 7 mode tunnel &&
		ip -n gb xfrm policy add src 0.0.0.0/0 dst 0.0.0.0/0 dir fwd if_id 7 tmpl src $GA dst $GB proto esp reqid 7 mode tunnel
}
modprobe -a xfrm_interface esp4 2> /dev/null
if ip -n gb link add probe type xfrm dev wan if_id 9 2> /dev/null; then
	ip -n gb link del probe
	check "there" xfrm_peer
	check "ours here" eval 'device ga && map ga && sas ga in && sas ga out && waitfor 10 carrier ga 1'
	check "pings pass" ns ha ping -c 2 -i 0.2 -W 10 $HB
	check "a flow there" flow ha hb $HB 60 200 700
	check "a flow back" flow hb ha $HA 60 200 700
	is "$(count ga tx packets) $(count ga rx packets)" "$(count gb rx packets ipsec0) $(count gb tx packets ipsec0)" "both count the same packets"
	start echo hb "$HERE/echo.py" serve
	waitfor 30 grep -q ready "$WORK/echo.log"
	check "a stream there" ns ha "$HERE/echo.py" stream $HB 2000000
	check "a stream back" ns ha "$HERE/echo.py" pull $HB 2000000
	stop echo
	ip -n gb link del ipsec0; ip -n gb xfrm state flush; ip -n gb xfrm policy flush
else
	skip "a Linux XFRM interface as the peer" "this kernel has none"
fi
all_down

note "GRE, protected in transport mode by a map below it"
gre() {
	local g
	for g in ga gb; do
		side $g
		ip -n $g link add gre1 type gre local $me remote $peer ttl 64 && ns $g sysctl -qw net.ipv6.conf.gre1.disable_ipv6=1 &&
			ip -n $g link set gre1 mtu 1400 up && ip -n $g addr add $inside dev gre1 && ip -n $g route replace $beyond dev gre1 &&
			cmap -n $g map add G seq 10 peer $peer acl permit proto 47 $me/32 $peer/32 && cmap -n $g link set dev wan map G || return 1
		# shellcheck disable=SC2086
		set -- map G seq 10 proto esp mode transport local-proxy $me/32 remote-proxy $peer/32 proxy-proto 47 $KEYS
		cmap -n $g sa add dir in spi $in src $peer dst $me "$@" && cmap -n $g sa add dir out spi $out src $me dst $peer "$@" || return 1
	done
}
modprobe -a ip_gre 2> /dev/null
if ip -n ga link add probe type gre local $GA remote 192.0.2.99 2> /dev/null; then
	ip -n ga link del probe
	check "GRE and maps" gre
	start tcpdump r tcpdump -Unnli a "host $GA"
	waitfor 30 grep -q listening "$WORK/tcpdump.log"
	check "a flow by GRE" flow ha hb $HB 20 100 600
	check "and back" flow hb ha $HA 20 100 600
	seen() { [ "$(grep -c ESP "$WORK/tcpdump.log")" -ge 40 ]; }
	check "40 ESP packets were under way" waitfor 10 seen
	unlike "$(cat "$WORK/tcpdump.log")" GRE "and no GRE in clear"
	stop tcpdump
	for g in ga gb; do ip -n $g link del gre1; cmap -n $g link del dev wan; cmap -n $g map del G; done
else
	skip "GRE in transport mode" "this kernel has no GRE"
fi

note "removal under traffic"
traffic() {
	ip netns exec ha ping -f -q -w 60 $HB > /dev/null 2>&1 & T1=$!
	ip netns exec hb ping -f -q -s 1400 -w 60 $HA > /dev/null 2>&1 & T2=$!
	waitfor 20 flowing
}
flowing() { [ "$(count ga rx packets)" -gt 100 ]; }
quiet() { kill $T1 $T2; wait $T1 $T2 2> /dev/null; }
for i in 1 2 3; do
	check "round $i: both up" all_up
	traffic; ok $? "round $i: packets flow"
	check "round $i: the device goes" ip -n ga link del Tunnel23
	is "$(cmap -n ga link show)" "" "round $i: its binding went with it"
	check "round $i: the map can go" cmap -n ga map del T
	quiet
	all_down
done
check "both up" all_up
traffic; ok $? "packets flow"
check "rmmod under traffic" rmmod cryptomap
is "$(ip -n ga -o link show | grep -c Tunnel)$(ip -n gb -o link show | grep -c Tunnel)" "00" "the devices went with it"
quiet
load_module
check "both up again" all_up
traffic; ok $? "packets flow"
check "a namespace goes under traffic" ip netns del gb
quiet
ip -n ga link del Tunnel23; cmap -n ga map del T
finish
