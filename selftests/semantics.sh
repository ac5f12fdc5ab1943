#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# guest test: crypto maps as a router has them: deny, no match address, per-host, several interfaces and maps, idle time, long maps
. "$(dirname "$0")/lib.sh"
load_module
topology
ip -n r route add 10.1.0.0/24 via $GA; ip -n r route add 10.2.0.0/24 via $GB
ip -n hb addr add 10.2.0.3/24 dev eth0
KEYS="enc aes-cbc 000102030405060708090a0b0c0d0e0f auth hmac-sha1-96 000102030405060708090a0b0c0d0e0f10111213"
json() { python3 -c 'import json,sys; d=json.load(sys.stdin); print(eval(sys.argv[1]))' "$1"; }
# out MAP SEQ SPI LOCAL REMOTE [OPTION...]: an SA pair from ga to gb: outbound here, inbound there
pair() {
	local map=$1 seq=$2 spi=$3 local=$4 remote=$5; shift 5
	cmap -n gb sa add dir in map B seq 10 proto esp spi "$spi" src $GA dst $GB local-proxy "$remote" remote-proxy "$local" $KEYS &&
		cmap -n ga sa add dir out map "$map" seq "$seq" proto esp spi "$spi" src $GA dst $GB local-proxy "$local" remote-proxy "$remote" $KEYS "$@"
}
# sent SPI: packets of an outbound SA
sent() { cmap -n ga -j -s sa show spi "$1" dst $GB | json 'd[0]["stats"]["out_packets"]'; }
# udp ADDRESS PORT [COUNT]: datagrams from ha
udp() { ns ha python3 -c 'import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for i in range(int(sys.argv[3])): s.sendto(b"x", (sys.argv[1], int(sys.argv[2])))' "$1" "$2" "${3:-1}"; }
events() { : > "$WORK/events"; cmap -n ga -j monitor > "$WORK/events" & MON=$!; waitfor 10 listening ga; }
quiet() { kill $MON; wait $MON 2>/dev/null; }
event() { python3 -c 'import json,sys
print(sum(1 for l in open(sys.argv[1]) for e in [json.loads(l)] if e["event"] == sys.argv[2] and eval(sys.argv[3])))' "$WORK/events" "$1" "${2:-True}"; }
seen() { [ "$(event "$@")" -ge "${3:-1}" ]; }
check "the other side takes all that comes in its SAs" bash -c "cmap -n gb map add B seq 10 peer $GA acl permit 10.2.0.0/24 10.1.0.0/24 acl permit 10.9.0.0/16 10.1.0.0/24"

note "order of entries and lines, in a short map and in a long one"
# The same map, once with 60 lines that fit nothing in front, in the middle and at the end: then an index answers for the walk.
for filler in "" long; do
	f() { [ -z "$filler" ] || for i in $(seq "$1" "$2"); do printf ' acl %s proto tcp 172.16.%d.0/24 172.17.0.0/16 port %d' "$([ $((i % 3)) = 0 ] && echo deny || echo permit)" "$i" "$i"; done; }
	cmap -n ga map add M seq 10 peer $GB hold 0 $(f 1 30) acl deny proto udp any any port 53 acl deny 10.1.0.0/24 10.2.0.3/32 acl permit proto udp 10.1.0.0/24 10.2.0.0/24 $(f 31 40)
	check "${filler:-short}: an entry without match address between them" cmap -n ga map add M seq 20 peer $GB
	cmap -n ga map add M seq 30 peer $GB hold 0 $(f 41 50) acl permit proto udp 10.1.0.0/24 10.2.0.0/24 port 50-60 acl deny 10.1.0.0/24 10.2.0.0/24
	cmap -n ga map add M seq 40 peer $GB hold 0 acl permit 10.1.0.2/32 10.2.0.3/32 $(f 51 60)
	check "bound" cmap -n ga link set dev wan map M
	for t in "10 0x110 10.1.0.0/24 10.2.0.0/24 proxy-proto udp" "30 0x130 10.1.0.0/24 10.2.0.0/24 proxy-proto udp remote-port 50-60" "40 0x140 10.1.0.2/32 10.2.0.3/32"; do
		set -- $t
		check "an SA for entry $1" cmap -n ga sa add dir out map M seq "$1" proto esp spi "$2" src $GA dst $GB local-proxy "$3" remote-proxy "$4" $KEYS "${@:5}"
	done
	# The index is made a tenth of a second after the last change.
	read -r -t 0.5 <> <(:)
	udp 10.2.0.2 9 3; udp 10.2.0.2 53 5; udp 10.2.0.3 53 7; udp 10.2.0.3 99 11; udp 10.2.0.9 53 13
	is "$(sent 0x110) $(sent 0x130) $(sent 0x140)" "3 25 11" "${filler:-short}: permit; deny to the next entry, whose second entry is empty; deny twice"
	check "${filler:-short}: what no entry permits goes in clear" ns ha ping -q -c 2 -W 10 $HB
	is "$(sent 0x110) $(sent 0x130) $(sent 0x140)" "3 25 11" "${filler:-short}: in no SA"
	is "$(cmap -n ga -j -s map show M | json '[(r["matches"] > 0) for e in d for r in e["rules"] if r["action"] == "deny" and r["local"]["addr"][:3] != "172"]')" \
		"[True, True, True]" "${filler:-short}: each deny has counted"
	check "gone" bash -c "cmap -n ga link del dev wan && cmap -n ga map del M"
done

note "one map on two interfaces, and two maps"
wire ga wan2 192.0.3.1/24 r c 192.0.3.254/24
check "a map on both" bash -c "cmap -n ga map add M seq 10 peer $GB hold 0 acl permit 10.1.0.0/24 10.2.0.0/24 && cmap -n ga link set dev wan map M && cmap -n ga link set dev wan2 map M"
is "$(cmap -n ga link show | sort | tr '\n' ' ')" "wan2: map M wan: map M " "link show"
check "an SA" pair M 10 0x200 10.1.0.0/24 10.2.0.0/24
udp $HB 9 2
check "the route changes to the other interface" ip -n ga route add 10.2.0.0/24 via 192.0.3.254 dev wan2
udp $HB 9 3
is "$(sent 0x200)" 5 "packets of both interfaces went into the SA"
check "another map on the second" bash -c "cmap -n ga map add N seq 5 peer $GB hold 0 acl permit proto udp 10.1.0.0/24 10.2.0.0/24 port 9 && cmap -n ga link set dev wan2 map N"
check "with its own SA" pair N 5 0x201 10.1.0.0/24 10.2.0.0/24 proxy-proto udp remote-port 9
udp $HB 9 4
is "$(sent 0x200) $(sent 0x201)" "5 4" "each interface protects by its own map"
check "back" ip -n ga route del 10.2.0.0/24
udp $HB 9 1
is "$(sent 0x200) $(sent 0x201)" "6 4" "also when the route changes back"
check "the first map ends, the second stays" bash -c "cmap -n ga link del dev wan && cmap -n ga map del M && cmap -n ga map show N | grep -q 'map N'"
check "an interface that goes takes its binding along" bash -c "ip -n ga link del wan2 && cmap -n ga map del N"
cmap -n gb sa flush > /dev/null

note "level per-host"
check "an entry per host" bash -c "cmap -n ga map add M seq 10 peer $GB hold 0 per-host acl permit proto udp 10.1.0.0/24 10.2.0.0/24 && cmap -n ga link set dev wan map M"
events
udp 10.2.0.2 9; udp 10.2.0.3 9; udp 10.2.0.3 9; udp 10.2.0.2 9
check "an SA is asked for the first pair" waitfor 5 seen acquire 'e["remote_proxy"] == {"addr": "10.2.0.2", "prefix": 32, "protocol": 17} and e["local_proxy"]["addr"] == "10.1.0.2" and e["local_proxy"]["prefix"] == 32'
check "and for the second, in the same second" waitfor 5 seen acquire 'e["remote_proxy"]["addr"] == "10.2.0.3"'
like "$(event acquire)" '^[2-4]$' "not for each packet"
check "SAs for both" bash -c "cmap -n ga sa add dir out map M seq 10 proto esp spi 0x300 src $GA dst $GB proxy-proto udp local-proxy 10.1.0.2/32 remote-proxy 10.2.0.2/32 $KEYS &&
	cmap -n ga sa add dir out map M seq 10 proto esp spi 0x301 src $GA dst $GB proxy-proto udp local-proxy 10.1.0.2/32 remote-proxy 10.2.0.3/32 $KEYS"
udp 10.2.0.2 9 5; udp 10.2.0.3 9 6
is "$(sent 0x300) $(sent 0x301)" "5 6" "each pair has its own"
quiet

note "packets that wait, in all"
check "five rules for which 1024 may wait" bash -c "for i in 1 2 3 4 5; do cmap -n ga map add M seq 5\$i peer $GB hold 1024 acl permit 10.1.0.0/24 10.50.\$i.0/24 || exit 1; done"
refused=$(reason ga no-sa)
for i in 1 2 3 4 5; do udp 10.50.$i.1 9 1000; done
is "$(cmap -n ga -j -s map show M | json 'sum(r["stats"]["held"] for e in d for r in e["rules"])')" 4096 "of 5000 packets 4096 wait"
is "$(($(reason ga no-sa) - refused))" 904 "the others are dropped and counted"
check "the first rule's packets go" cmap -n ga map del M seq 51
udp 10.50.5.1 9 10
is "$(cmap -n ga -j -s map show M | json '[r["stats"]["held"] for e in d for r in e["rules"]]')" "[0, 1000, 1000, 1000, 106]" "then there is room again"

note "idle time"
events
check "an SA that is watched" cmap -n ga sa add dir out map M seq 10 proto esp spi 0x302 src $GA dst $GB proxy-proto udp local-proxy 10.1.0.2/32 remote-proxy 10.2.0.4/32 $KEYS idle 2
check "idle from its beginning" waitfor 6 seen idle 'e["spi"] == 0x302 and e["age_seconds"] >= 2'
udp 10.2.0.4 9
check "idle again after a packet" waitfor 8 seen idle 'e["spi"] == 0x302' 2
is "$(event idle)" 2 "told once each time, and of no other SA"
like "$(cmap -n ga sa show spi 0x302 dst $GB)" 'idle 2s' "the SA is still there"
quiet
check "deleted" bash -c "cmap -n ga link del dev wan && cmap -n ga map del M && cmap -n gb map del B"
finish
