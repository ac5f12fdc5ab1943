#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# guest test: what was dropped, and why, is told packet by packet; what would become of a packet is told as it then happens
. "$(dirname "$0")/lib.sh"
load_module
topology6
KEYS="enc aes-cbc 000102030405060708090a0b0c0d0e0f auth hmac-sha1-96 000102030405060708090a0b0c0d0e0f10111213"
ESP="map VPN seq 10 proto esp local-proxy 10.1.0.0/24 remote-proxy 10.2.0.0/24 $KEYS"

# Packets are sent by one process, which answers each request with a line.
coproc "$HERE/explain.py"
exec 6<&"${COPROC[0]}" 7>&"${COPROC[1]}"
ask() { echo "$@" >&7; read -r -t 60 ANSWER <&6; }
udp() { ask udp "$@"; }
wire() { ask wire gb "$@"; }
# last [N]: the last drop of ga as cmap prints it, without its time
last() { cmap -n ga drops | tail -n "${1:-1}" | cut -d' ' -f2-; }
counted() { [ "$(reason ga "$1")" = "$2" ]; }
# dropped TEXT REASON LINE: exactly one packet was counted under the reason, and the ring's last line is LINE
dropped() {
	waitfor 5 counted "$2" $((${SEEN[$2]:-0} + 1))
	is "$(reason ga "$2") $(last)" "$((${SEEN[$2]:-0} + 1)) $3" "$1"
	SEEN[$2]=$((${SEEN[$2]:-0} + 1))
}
declare -A SEEN=()

note "drops on the way out"
check "a map" bash -c "cmap -n ga map add VPN seq 10 peer $GB hold 0 acl permit 10.1.0.0/24 10.2.0.0/24 && cmap -n ga link set dev wan map VPN"
is "$(cmap -n ga drops)" "" "nothing was dropped so far"
udp ha $HB 40000 9 60
dropped "no SA" no-sa "out wan no-sa udp 10.1.0.2:40000 > 10.2.0.2:9 len 60 map VPN 10"
ns ha ping -q -c 1 -W 1 -s 32 $HB > /dev/null
dropped "a protocol without ports" no-sa "out wan no-sa icmp 10.1.0.2 > 10.2.0.2 len 60 map VPN 10"
like "$(cmap -n ga drops | head -n 1)" "^$(date +%H):[0-5][0-9]:[0-5][0-9]\.[0-9]{3} out " "the time is now"
like "$(cmap -n ga drops -v)" '^    look at: show crypto isakmp sa' "-v says what to look at"
check "an SA" cmap -n ga sa add dir out $ESP spi 0x1000 src $GA dst $GB
udp ha $HB 40000 9 1500 df
dropped "too big, with DF" fragmentation-needed "out wan fragmentation-needed udp 10.1.0.2:40000 > 10.2.0.2:9 esp 0x00001000 $GA > $GB len 1500 map VPN 10"
ip -n ga route add 10.2.0.0/24 via 192.0.2.254; ip -n ga route del default
udp ha $HB 40000 9 100
dropped "no route to the peer" no-route "out wan no-route udp 10.1.0.2:40000 > 10.2.0.2:9 esp 0x00001000 $GA > $GB len 100 map VPN 10"
ip -n ga route add default via 192.0.2.254

note "drops on the way in"
check "an SA" cmap -n ga sa add dir in $ESP spi 0x2000 src $GB dst $GA
E="esp 0x00002000 $GB > $GA"
wire invalid-spi
dropped "an SPI that nobody has" invalid-spi "in wan invalid-spi esp 0x00002001 $GB > $GA number 9 len 104 map VPN"
wire good good
dropped "a number that was seen" replay-duplicate "in wan replay-duplicate $E number 7 len 104 map VPN 10"
wire bad-icv
dropped "not authentic" bad-icv "in wan bad-icv $E number 70 len 104 map VPN 10"
wire replay-zero
dropped "number zero" replay-zero "in wan replay-zero $E len 104 map VPN 10"
wire wrong-source
dropped "another source: the one that it came from" wrong-source "in wan wrong-source esp 0x00002000 198.51.100.77 > $GA number 71 len 104 map VPN 10"
wire bad-length
dropped "not a whole number of blocks" bad-length "in wan bad-length $E number 72 len 100 map VPN 10"
wire bad-padding
dropped "wrong padding" bad-padding "in wan bad-padding $E number 73 len 104 map VPN 10"
wire identity
dropped "not the SA's traffic: with its 5-tuple" identity "in wan identity udp 10.3.0.1:1111 > 10.1.0.2:2222 $E number 76 len 38 map VPN 10"
ip -n r route add 10.1.0.0/24 via $GA
udp hb $HA 5000 53 60
dropped "in clear, but a line demands protection" not-ipsec "in wan not-ipsec udp 10.2.0.2:5000 > 10.1.0.2:53 len 60 map VPN 10"

note "-f follows"
cmap -n ga -j drops -f > "$WORK/follow" & FOLLOW=$!
waitfor 10 listening ga
# The ring's are told first, each once.
udp hb $HA 5000 54 60
check "what is dropped now is told" waitfor 5 grep -q '"dport": 54' "$WORK/follow"
udp hb $HA 5000 55 60
check "and the next" waitfor 5 grep -q '"dport": 55' "$WORK/follow"
is "$(wc -l < "$WORK/follow")" "$(cmap -n ga -j drops | wc -l)" "each drop once, those of the ring too"
kill $FOLLOW; wait $FOLLOW 2>/dev/null
cmap -n ga -j drops -f > "$WORK/follow" & FOLLOW=$!
waitfor 10 listening ga
told=$(wc -l < "$WORK/follow")
began=${EPOCHREALTIME%.*}
ns hb python3 -c "import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for n in range(1000): s.sendto(b'flood', ('$HA', 53))"
waitfor 5 counted not-ipsec 1003
seconds=$((${EPOCHREALTIME%.*} - began + 1))
# More than a second after the flood, the next one says how many of it were not told.
past() { udp hb $HA 5000 56 60; grep -q '"dropped"' "$WORK/follow"; }
check "a flood is not told packet by packet, but counted" waitfor 10 past
# 100 in each second that has begun, of which one more than passed may have
python3 - "$WORK/follow" "$told" $((100 * (seconds + 1))) <<-'X' > "$WORK/flood"
	import json, sys
	new = [d for d in map(json.loads, open(sys.argv[1]))][int(sys.argv[2]):]
	new = [d for d in new if d["flow"]["dport"] in (53, 56)]
	print(sum(d["flow"]["dport"] == 53 for d in new) <= int(sys.argv[3]), sum(1 + d.get("dropped", 0) for d in new) >= 1000)
X
is "$(cat "$WORK/flood")" "True True" "few were told, and all told of"
kill $FOLLOW; wait $FOLLOW 2>/dev/null
is "$(cmap -n ga drops | grep -c '^\.\.\.')" 1 "the ring says how many it has forgotten"
cmap -n ga sa flush > /dev/null; cmap -n ga link del dev wan; cmap -n ga map del VPN

note "what would become of a packet, and what then does"
ip -n r route replace 10.2.0.0/24 via $GB; ip -n r route replace 2001:db8:1::/64 via $GA6; ip -n r route replace 2001:db8:2::/64 via $GB6
check "a map" cmap -n ga map add VPN seq 10 peer $GB hold 0 acl deny proto udp 10.1.0.0/24 port 7000 any \
	acl permit 10.1.0.0/24 10.2.0.0/24 acl permit $GA/32 10.2.0.0/24
check "an entry whose packets may wait" cmap -n ga map add VPN seq 20 peer $GB hold 4 acl permit 10.1.0.0/24 10.5.0.0/24
check "an entry for IPv6" cmap -n ga map add VPN seq 30 peer $GB6 hold 0 acl permit 2001:db8:1::/64 2001:db8:2::/64
# agree TEXT VERDICT NETNS SRC DST SPORT DPORT LEN [df]
agree() {
	# What a sender has learned about the path would hide what we do.
	ip -n ha route flush cache; ip -6 -n ha route flush cache
	ask agree "${@:3}"
	is "$ANSWER" "$2 $2" "$1"
}
agree "no map" clear ha $HA $HB 40000 9 100
check "bound" cmap -n ga link set dev wan map VPN
agree "denied" clear ha $HA $HB 7000 9 100
agree "no SA, none may wait" wait ha $HA $HB 40000 9 100
agree "no SA, it waits" wait ha $HA 10.5.0.2 40000 9 100
check "it waits no longer" cmap -n ga map del VPN seq 20
check "an SA" cmap -n ga sa add dir out $ESP spi 0x1000 src $GA dst $GB
agree "fits" protect ha $HA $HB 40000 9 100
inner=$(cmap -n ga -j trace $HA $HB udp 40000 9 iif lan | python3 -c 'import json,sys; print(json.load(sys.stdin)["inner_mtu"])')
is "$inner" 1438 "what fits is told"
agree "just fits" protect ha $HA $HB 40000 9 "$inner" df
agree "one byte too many, with DF" too-big ha $HA $HB 40000 9 $((inner + 1)) df
agree "one byte too many, without" fragment ha $HA $HB 40000 9 $((inner + 1))
agree "this host's own, no SA" wait ga $GA $HB 40000 9 100
agree "an address of this host" local ha $HA $GA 40000 9 100
agree "comes in clear" not-ipsec hb $HB $HA 40000 9 100
ip -n ga route del default
agree "no route" no-route ha $HA 10.77.0.1 40000 9 100
ip -n ga route add 10.2.0.0/24 via 192.0.2.254
agree "a route, but none to the peer" no-peer-route ha $HA $HB 40000 9 100
ip -n ga route add default via 192.0.2.254
check "another SA, which fragments after encryption" cmap -n ga sa add dir out $ESP spi 0x1001 src $GA dst $GB frag-after
agree "too big for it, without DF" fragment ha $HA $HB 40000 9 1480
agree "too big for it, with DF" too-big ha $HA $HB 40000 9 1480 df
check "another SA, which clears DF" cmap -n ga sa add dir out $ESP spi 0x1002 src $GA dst $GB df clear
agree "too big for it, with DF" fragment ha $HA $HB 40000 9 1480 df
agree "IPv6, no SA" wait ha $HA6 $HB6 40000 9 100
check "an SA for IPv6" cmap -n ga sa add dir out map VPN seq 30 proto esp local-proxy 2001:db8:1::/64 remote-proxy 2001:db8:2::/64 \
	$KEYS spi 0x3000 src $GA6 dst $GB6
agree "IPv6, fits" protect ha $HA6 $HB6 40000 9 1400
agree "IPv6, too big" too-big ha $HA6 $HB6 40000 9 1440 df

note "tracepoints"
T=/sys/kernel/tracing
[ -d $T/events ] || mount -t tracefs tracefs $T
events="$(ls $T/events/cmap 2>/dev/null | grep -v '^\(enable\|filter\)$' | tr '\n' ' ')"
is "$events" "cmap_acquire cmap_drop cmap_in cmap_out cmap_sa " "they are there"
echo > $T/trace; echo 1 > $T/events/cmap/enable
lines() { sed -n 's/^.*: \(cmap_[a-z]*: \)/\1/p' $T/trace; }
shown() { lines | grep -qE -- "$1"; }
# traced TEXT REGEX
traced() { waitfor 5 shown "$2"; like "$(lines)" "$2" "$1"; }
check "an SA" cmap -n ga sa add dir out $ESP spi 0x1003 src $GA dst $GB conn-id 7
traced "a new SA" "^cmap_sa: new out esp spi 0x00001003 $GA > $GB conn-id 7\$"
udp ha $HB 40000 9 100
traced "a packet out" "^cmap_out: protocol 17 $HA:40000 > $HB:9 len 100 esp spi 0x00001003 peer $GB number 1\$"
udp ha $HB 40000 9 1480 df
traced "a drop" "^cmap_drop: out fragmentation-needed ifindex [0-9]+ protocol 17 $HA:40000 > $HB:9 len 1480 spi 0x00001003 number 0\$"
check "an SA in" cmap -n ga sa add dir in $ESP spi 0x2000 src $GB dst $GA
wire good
traced "a packet in" "^cmap_in: protocol 17 $HB:1111 > $HA:2222 len 38 esp spi 0x00002000 peer $GB number 7\$"
cmap -n ga sa flush > /dev/null
traced "an SA that goes" "^cmap_sa: del in esp spi 0x00002000 $GB > $GA conn-id 0\$"
udp ha $HB 40000 9 100
traced "an SA is asked for" "^cmap_acquire: ifindex [0-9]+ line 2 protocol 17 $HA:40000 > $HB:9\$"
echo 0 > $T/events/cmap/enable; echo > $T/trace

cmap -n ga sa flush > /dev/null; cmap -n ga link del dev wan; cmap -n ga map del VPN

note "the router's counters"
CIPHER=000102030405060708090a0b0c0d0e0f AUTH=000102030405060708090a0b0c0d0e0f10111213
cat > "$WORK/manual.conf" <<-X
	crypto ipsec transform-set T esp-aes esp-sha-hmac
	crypto map VPN 10 ipsec-manual
	 set peer $GB
	 set session-key inbound esp 8192 cipher $CIPHER authenticator $AUTH
	 set session-key outbound esp 4096 cipher $CIPHER authenticator $AUTH
	 set transform-set T
	 match address 100
	interface wan
	 ip address $GA 255.255.255.0
	 crypto map VPN
	access-list 100 permit ip 10.1.0.0 0.0.0.255 10.2.0.0 0.0.0.255
X
ikemgr_up ga "$WORK/manual.conf"
waitfor 10 eval '[ "$(cmap -n ga sa show | grep -c "esp spi")" = 2 ]'
declare -A SEEN=(); for r in bad-icv identity bad-length bad-next-header wrong-source not-ipsec fragmentation-needed; do SEEN[$r]=$(reason ga $r); done
udp ha $HB 40000 9 100; udp ha $HB 40000 9 100
udp ha $HB 40000 9 1500 df
wire bad-icv bad-icv identity bad-length bad-next-header wrong-source
udp hb $HA 5000 57 60
waitfor 5 counted not-ipsec $((SEEN[not-ipsec] + 1))
detail() { cmap -n ga show crypto ipsec sa detail | sed -n 's/^ *\(#.*\)/\1/p' | grep -E "$1"; }
is "$(detail 'encaps: ')" "#pkts encaps: 2, #pkts encrypt: 2, #pkts digest: 2" "sent"
is "$(detail 'encaps failed')" "#pkts encaps failed (send) 1, #pkts decaps failed (rcv) 1" "too big; in clear"
is "$(detail 'verify failed')" "#pkts invalid prot (recv) 1, #pkts verify failed: 2" "next header; ICV"
is "$(detail 'invalid identity')" "#pkts invalid identity (recv) 1, #pkts invalid len (rcv) 1" "identity; length"
is "$(detail 'no sa')" "#pkts no sa (send) 0, #pkts invalid sa (rcv) 1" "source"
like "$(cmap -n ga show crypto ipsec sa)" '#send errors 1, #recv errors 7' "and their sums"
cmap -n ga sa flush > /dev/null
like "$(detail 'verify failed')" "verify failed: 2" "the counters outlive the SAs"
check "cleared" cmap -n ga clear crypto sa counters
is "$(detail 'verify failed')" "#pkts invalid prot (recv) 0, #pkts verify failed: 0" "counters begin anew"
stop ikemgr-ga; kill "$COPROC_PID"; wait "$COPROC_PID"
cmap -n ga sa flush > /dev/null; cmap -n ga link del dev wan 2>/dev/null; cmap -n ga map del VPN 2>/dev/null
finish
