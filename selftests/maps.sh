#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# guest test: maps decide as a router's do, entries change under traffic without a loss, lifetimes end when they should
# two CPUs: entries change under traffic
. "$(dirname "$0")/lib.sh"
load_module
topology
# What goes out in clear finds its way, so that it is seen where it arrives.
ip -n r route add 10.1.0.0/24 via $GA; ip -n r route add 10.2.0.0/24 via $GB
KEYS="enc aes-cbc 000102030405060708090a0b0c0d0e0f auth hmac-sha1-96 000102030405060708090a0b0c0d0e0f10111213"
LAN="local-proxy 10.1.0.0/24 remote-proxy 10.2.0.0/24"

# sa GATEWAY DIR SPI [OPTION...]: a manual SA of entry 10
sa() {
	local g=$1 dir=$2 spi=$3 me=$GA peer=$GB proxies=$LAN; shift 3
	[ "$g" = ga ] || me=$GB peer=$GA proxies="local-proxy 10.2.0.0/24 remote-proxy 10.1.0.0/24"
	[ "$dir" = out ] || { local other=$me; me=$peer peer=$other; }
	cmap -n "$g" sa add dir "$dir" map M seq 10 proto esp spi "$spi" src $me dst $peer $proxies $KEYS "$@"
}
# pair: both directions between the gateways; inbound first, as what waits is sent at once
pair() { sa gb in 0x100 && sa ga in 0x200 && sa gb out 0x200 && sa ga out 0x100; }
# counter GATEWAY SPI NAME: of an SA
counter() { cmap -n "$1" -j -s sa show | python3 -c 'import json,sys
for sa in json.load(sys.stdin):
    if sa["spi"] == int(sys.argv[1], 0): print(sa["stats"][sys.argv[2]])' "$2" "$3"; }
# events GATEWAY: watch its events in $WORK/events
events() {
	: > "$WORK/events"
	cmap -n "$1" -j monitor > "$WORK/events" & MON=$!
	waitfor 10 listening "$1"
}
quiet() { kill $MON; wait $MON 2>/dev/null; }
# event NAME [PYTHON]: how many of that name, for which the expression on e holds
event() { python3 -c 'import json,sys
print(sum(1 for l in open(sys.argv[1]) for e in [json.loads(l)] if e["event"] == sys.argv[2] and eval(sys.argv[3])))' "$WORK/events" "$1" "${2:-True}"; }
seen() { [ "$(event "$@")" -ge 1 ]; }
ping1() { ns "$1" ping -q -c 1 -W 10 "${@:2}"; }

note "which packets a map protects"
check "maps on both sides" bash -c "cmap -n ga map add M seq 10 peer $GB acl deny proto icmp any any acl permit 10.1.0.0/24 10.2.0.0/24 &&
	cmap -n ga map add M seq 20 peer $GB hold 0 acl permit proto udp 10.1.0.0/24 10.2.0.0/24 port 7 acl permit proto icmp 10.1.0.0/24 10.2.0.9/32 &&
	cmap -n gb map add M seq 10 peer $GA acl deny proto icmp any any acl permit 10.2.0.0/24 10.1.0.0/24 &&
	cmap -n ga link set dev wan map M && cmap -n gb link set dev wan map M"
check "manual SAs" pair
check "a denied protocol goes out in clear, and comes in" ping1 ha $HB
is "$(counter ga 0x100 out_packets)" 0 "without the SA"
check "what is permitted is protected" flow ha hb $HB 10 50 100
is "$(counter ga 0x100 out_packets) $(counter gb 0x100 in_packets)" "10 10" "with the SA"
events ga
ns ha ping -q -c 1 -W 1 10.2.0.9 > /dev/null
check "deny goes on to the next entry: it asks for an SA" waitfor 5 seen acquire 'e["seq"] == 20 and e["rule_index"] == 1 and e["flow"]["protocol"] == 1'
is "$(reason ga no-sa)" 1 "and with hold 0 its packet is dropped at once"
quiet

note "clear packets that should have been protected"
check "one gateway has no map any more" cmap -n ga link del dev wan
events gb
ns ha python3 -c "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'clear', ('$HB', 9))"
check "the other drops what comes in clear" waitfor 5 seen not-ipsec 'e["flow"]["dport"] == 9'
is "$(reason gb not-ipsec)" 1 "and counts it"
check "what its map denies may come in clear" ping1 ha $HB
quiet
check "bound again" cmap -n ga link set dev wan map M

note "fragments"
check "rules with ports" bash -c "cmap -n ga map replace M seq 10 peer $GB acl permit proto udp 10.1.0.0/24 10.2.0.0/24 port 20000-29999 &&
	cmap -n gb map replace M seq 10 peer $GA acl permit proto udp 10.2.0.0/24 port 20000-29999 10.1.0.0/24"
is "$(cmap -n ga sa show; cmap -n gb sa show)" "" "the SAs for all ports don't fit and are gone"
before=$(reason gb not-ipsec)
check "an SA for these ports" bash -c "cmap -n gb sa add dir in map M seq 10 proto esp spi 0x100 src $GA dst $GB proxy-proto udp local-proxy 10.2.0.0/24 local-port 20000-29999 remote-proxy 10.1.0.0/24 $KEYS &&
	cmap -n ga sa add dir out map M seq 10 proto esp spi 0x100 src $GA dst $GB proxy-proto udp $LAN remote-port 20000-29999 $KEYS"
check "datagrams in three fragments come through" flow ha hb $HB 20 50 4000
# Two of the three are too long with the ESP header on, and are cut again.
is "$(counter ga 0x100 out_packets)" 100 "every fragment was protected"
is "$(reason gb not-ipsec)" "$before" "none came in clear"
check "all ports again" bash -c "cmap -n ga sa flush && cmap -n gb sa flush && cmap -n ga map replace M seq 10 peer $GB acl permit 10.1.0.0/24 10.2.0.0/24 &&
	cmap -n gb map replace M seq 10 peer $GA acl permit 10.2.0.0/24 10.1.0.0/24"
check "SAs" pair

note "an entry is replaced under traffic"
events ga
replace() { # until the file $WORK/done appears, alternate between two access lists that both hold the SAs
	local n=0
	until [ -e "$WORK/done" ]; do
		cmap -n ga map replace M seq 10 peer $GB acl deny proto tcp any any port 22 acl permit 10.1.0.0/16 10.2.0.0/16 || return 1
		cmap -n ga map replace M seq 10 peer $GB acl permit 10.1.0.0/24 10.2.0.0/23 || return 1
		n=$((n + 2))
	done
	echo $n > "$WORK/replaced"
}
replace & REPLACER=$!
check "numbered packets: none is lost" flow ha hb $HB 1000 60 200
touch "$WORK/done"; wait $REPLACER; ok $? "the entry was replaced again and again ($(cat "$WORK/replaced") times)"
like "$(cat "$WORK/replaced")" '^[0-9]{2,}$' "often enough to mean something"
is "$(event acquire)" 0 "nobody was asked for another SA"
is "$(cmap -n ga -j sa show | python3 -c 'import json,sys; print(sorted(x["spi"] for x in json.load(sys.stdin)))')" "[256, 512]" "the SAs are still there"
is "$(cmap -n ga -j -s map show M | python3 -c 'import json,sys; d=json.load(sys.stdin); print(d[0]["rules"][0]["stats"]["out_packets"])')" \
	"$(counter ga 0x100 out_packets)" "and count for the rule that has them now"
check "replaced by one that they don't fit" cmap -n ga map replace M seq 10 peer $GB acl permit 10.1.0.0/25 10.2.0.0/24
is "$(cmap -n ga sa show)" "" "the SAs are gone"
check "with an event that says why" waitfor 5 seen sa-del '"entry" in e["reason"]'
quiet

note "packets wait for their SA"
check "the entry as it was" bash -c "cmap -n ga map replace M seq 10 peer $GB hold 5 acl permit 10.1.0.0/24 10.2.0.0/24 && cmap -n gb map replace M seq 10 peer $GA acl permit 10.2.0.0/24 10.1.0.0/24 && cmap -n gb sa flush"
events ga
dropped=$(reason ga no-sa)
ns ha stdbuf -oL ping -c 8 -i 0.2 -W 28 $HB > "$WORK/ping" & PING=$!
check "a packet asks for an SA" waitfor 5 seen acquire 'e["map"] == "M" and e["seq"] == 10 and e["peers"] == ["'$GB'"] and e["flow"]["dst"] == "'$HB'"'
waitfor 10 bash -c "[ \$(cmap -n ga -j stats | grep -o '\"no-sa\"' | wc -l) -ge 1 ] && [ \"\$(cmap -n ga -j -s map show M | python3 -c 'import json,sys; print(json.load(sys.stdin)[0][\"rules\"][0][\"stats\"][\"held\"])')\" = 5 ]"
ok $? "five wait (hold 5)"
check "the SAs come" pair
answered() { [ "$(grep -c 'bytes from' "$WORK/ping")" -ge 5 ]; }
check "those that waited were sent" waitfor 20 answered
kill -INT $PING; wait $PING
held_out=$(($(reason ga no-sa) - dropped))
like "$held_out" '^[0-3]$' "those beyond five were dropped and counted ($held_out)"
acquires=$(event acquire)
like "$acquires" '^[1-9]$' "asked about once a second, not for every packet ($acquires times)"
check "the newest SA is used" bash -c "cmap -n gb sa add dir in map M seq 10 proto esp spi 0x101 src $GA dst $GB local-proxy 10.2.0.0/24 remote-proxy 10.1.0.0/24 $KEYS &&
	cmap -n ga sa add dir out map M seq 10 proto esp spi 0x101 src $GA dst $GB $LAN $KEYS standby"
ping1 ha $HB > /dev/null
is "$(counter ga 0x101 out_packets)" 0 "but not one that stands by"
check "enabled" cmap -n ga sa enable spi 0x101 dst $GB
check "traffic" ping1 ha $HB
is "$(counter ga 0x101 out_packets)" 1 "now it is"
check "the peer has seen it" bash -c "cmap -n gb sa show > /dev/null"
quiet

note "lifetimes"
cmap -n ga sa flush > /dev/null; cmap -n gb sa flush > /dev/null
events ga
check "seconds" sa ga out 0x102 life-soft-seconds 2 life-hard-seconds 12
check "soft" waitfor 8 seen soft-expire 'e["spi"] == 0x102 and e["reason"] == "seconds"'
like "$(cmap -n ga sa show)" 0x00000102 "the SA works on"
check "hard" waitfor 20 seen hard-expire 'e["spi"] == 0x102 and e["reason"] == "seconds"'
is "$(cmap -n ga sa show)" "" "the SA is gone"
sa gb in 0x103 && sa gb out 0x203 && sa ga in 0x203
check "bytes" sa ga out 0x103 life-soft-bytes 60000 life-hard-bytes 100000
expired=$(reason ga sa-expired)
ns ha ping -q -f -c 150 -s 972 -w 20 $HB > /dev/null	# 1000 bytes each
check "soft, before the end" waitfor 5 seen soft-expire 'e["spi"] == 0x103 and e["reason"] == "bytes" and 50000 <= e["stats"]["out_bytes"] < 75000'
check "hard" waitfor 5 seen hard-expire 'e["spi"] == 0x103 and e["reason"] == "bytes"'
sent=$(python3 -c 'import json,sys
print([e["stats"]["out_bytes"] for l in open(sys.argv[1]) for e in [json.loads(l)] if e["event"] == "hard-expire"][-1])' "$WORK/events")
ok "$((sent > 100000 || sent < 90000))" "not a byte more was sent than allowed, and nearly all of them ($sent)"
is "$(event soft-expire 'e["spi"] == 0x103')" 1 "one soft event"
is "$(cmap -n ga sa show | grep -c 0x00000103)" 0 "the SA is gone"
quiet

note "interfaces"
check "renamed" bash -c "ip -n ga link set wan down && ip -n ga link set wan name out0 && ip -n ga link set out0 up"
is "$(cmap -n ga link show)" "out0: map M" "the binding follows the name"
check "another map" bash -c "cmap -n ga map add N seq 1 peer $GB acl permit 10.9.0.0/16 any && cmap -n ga link set dev out0 map N"
is "$(cmap -n ga link show)" "out0: map N" "takes the place of the first"
check "which can be deleted then" cmap -n ga map del M
cmap -n ga map del N > "$WORK/refusal" 2>&1
like "$(cat "$WORK/refusal")" 'bound to interface out0' "a bound map is not: the interface is named"
events ga
check "the interface is deleted" ip -n ga link del out0
check "an event says so" waitfor 5 seen link 'e["ifname"] == "out0"'
is "$(cmap -n ga link show)" "" "its binding is gone"
check "the map can be deleted now" cmap -n ga map del N
quiet
cmap -n gb sa flush > /dev/null; cmap -n gb link del dev wan; cmap -n gb map del M
finish
