#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# guest test: cmap against the module: what it sets is what it shows, every refusal has its words and its exit status
# not on the debug kernel: it is about programs
. "$(dirname "$0")/lib.sh"

# says STATUS REGEX COMMAND...: that exit status, and a match on standard error
says() {
	local status=$1 regex=$2 out rc; shift 2
	out=$("$@" 2>&1 >/dev/null); rc=$?
	[ "$rc" = "$status" ] && grep -qE -- "$regex" <<< "$out"
	ok $? "${*:1:9}: $status, $regex" || printf '%s\n' "exit status $rc" "$out" | sed 's/^/#   /'
}
SA="map M seq 10 proto esp local-proxy 10.1.0.0/24 remote-proxy 10.2.0.0/24"
KEYS="enc aes-cbc 000102030405060708090a0b0c0d0e0f auth hmac-sha1-96 000102030405060708090a0b0c0d0e0f10111213"
json() { python3 -c 'import json,sys; d=json.load(sys.stdin); print(eval(sys.argv[1]))' "$1"; }

note "without the module, without the daemon"
says 1 'the cryptomap kernel module is not loaded \(modprobe cryptomap\)' cmap link show
says 1 'the cryptomap kernel module is not loaded' cmap sa show
says 1 'ikemgr is not running in this network namespace' cmap show crypto isakmp sa
says 1 'ikemgr is not running in this network namespace' cmap debug crypto isakmp
says 1 'network namespace nowhere: No such file' cmap -n nowhere link show
load_module
topology

note "words"
says 2 'object "x" is not known' cmap x
says 2 'object "s" is ambiguous' cmap s
says 2 'usage: cmap link set dev IF' cmap -n ga link set dev wan
says 2 '"mop" is not one of map, nomap' cmap -n ga link set dev wan mop
says 2 'seq is missing' cmap -n ga map add M acl permit any any
says 2 'seq "0": a number from 1 to 131071' cmap -n ga map add M seq 0 acl permit any any
says 2 'bits to the right of the prefix length' cmap -n ga map add M seq 10 acl permit 10.1.0.1/24 any
says 2 'spi is missing' cmap -n ga sa add dir in $SA src $GB dst $GA $KEYS
says 2 'spi "255": a number from 256' cmap -n ga sa add dir in $SA spi 255 src $GB dst $GA $KEYS
says 2 'dir is given twice' cmap -n ga sa add dir in dir in
says 2 'enc key: 1 to 64 bytes in hex digits' cmap -n ga sa add dir in $SA spi 256 src $GB dst $GA enc aes-cbc 0x0g
says 2 '"life" is ambiguous: life-soft-seconds, life-hard-seconds' cmap -n ga sa add dir in life 7
says 2 '% Ambiguous command:  "show crypto i"' cmap -n ga show crypto i
says 2 '% Incomplete command\.' cmap -n ga clear crypto
says 2 "% Invalid input detected at '\^' marker\." cmap -n ga debug crypto kmi

note "batches"
printf '# two entries\nmap add M seq 10 peer %s acl permit any any # one\n\n  map add M seq 20 acl permit any any\n' $GB > "$WORK/batch"
check "a batch from a file" cmap -n ga -batch "$WORK/batch"
is "$(echo "map show M" | cmap -n ga -b - | grep -c '^map M seq')" 2 "and one from standard input"
printf 'map del M seq 10\nmap del M seq 77\nmap del M\n' > "$WORK/batch"
says 1 'batch: line 2 failed' cmap -n ga -batch "$WORK/batch"
is "$(cmap -n ga map show M | grep -c '^map M seq')" 1 "the first line that fails ends it"
says 1 'No such file' cmap -n ga -batch "$WORK/nofile"
says 2 'usage: cmap' cmap -n ga -batch "$WORK/batch" map show
check "gone" cmap -n ga map del M

note "maps and bindings"
check "a map" cmap -n ga map add M seq 10 peer $GB acl permit 10.1.0.0/24 10.2.0.0/24 acl deny proto tcp any any port 22
check "a second entry, shortened" cmap -n ga map a M se 20 pee $GB loc $GA ho 0 acl perm proto udp 10.1.0.0/24 port 1000-2000 10.3.0.0/16
says 1 '.' cmap -n ga map add M seq 10 acl permit any any
is "$(cmap -n ga map show)" "map M seq 10 peer $GB hold 64
    permit 10.1.0.0/24 10.2.0.0/24
    deny proto tcp 0.0.0.0/0 0.0.0.0/0 port 22
map M seq 20 peer $GB local $GA hold 0
    permit proto udp 10.1.0.0/24 port 1000-2000 10.3.0.0/16" "map show gives back what was set"
is "$(cmap -n ga -j map show M | json '[len(d), d[1]["seq"], d[1]["rules"][0]["local"]["port_hi"], d[0]["rules"][1]["action"]]')" \
	"[2, 20, 2000, 'deny']" "map show -j"
check "replaced" cmap -n ga map replace M seq 20 acl permit 10.9.0.0/24 any
like "$(cmap -n ga map show)" 'permit 10\.9\.0\.0/24 0\.0\.0\.0/0' "the new rule"
check "entry deleted" cmap -n ga map del M seq 20
check "an entry without an access list" cmap -n ga map add M seq 20 peer $GB
is "$(cmap -n ga map show | tail -n 2)" "map M seq 20 peer $GB hold 64
    no acl: protects nothing" "it says that it protects nothing"
check "an entry of both families, per host, with an IPv6 peer" cmap -n ga map replace M seq 20 peer 2001:db8:b::1 local 2001:db8:a::1 per-host \
	acl permit 10.1.0.0/24 any acl permit 2001:db8:1::/48 2001:db8:2::/48 acl deny proto tcp any 2001:db8::1 port 22 acl permit any6 any6
is "$(cmap -n ga map show | tail -n 5)" "map M seq 20 peer 2001:db8:b::1 local 2001:db8:a::1 hold 64 per-host
    permit 10.1.0.0/24 0.0.0.0/0
    permit 2001:db8:1::/48 2001:db8:2::/48
    deny proto tcp ::/0 2001:db8::1/128 port 22
    permit ::/0 ::/0" "map show gives it back"
is "$(cmap -n ga -j map show M | json '[d[1]["per_host"], d[0]["per_host"], d[1]["peers"], d[1]["rules"][1]["remote"]["prefix"]]')" \
	"[True, False, ['2001:db8:b::1'], 48]" "map show -j"
says 1 'one family' cmap -n ga map replace M seq 20 peer 2001:db8:b::1 peer $GB
check "entry deleted" cmap -n ga map del M seq 20
says 1 '.' cmap -n ga map del M seq 20
says 1 '.' cmap -n ga map del NONE
says 1 '.' cmap -n ga link set dev wan map NONE
says 1 'interface nothere: No such device' cmap -n ga link set dev nothere map M
check "bound" cmap -n ga link set dev wan map M
is "$(cmap -n ga link show)" "wan: map M" "link show"
is "$(cmap -n ga -j link show dev wan | json '[d[0]["ifname"], d[0]["map"]]')" "['wan', 'M']" "link show -j"
says 1 'bound' cmap -n ga map del M

note "counters and the events of a packet that has no SA"
cmap -n ga monitor -t > "$WORK/acquire" & MON=$!
waitfor 10 listening ga
check "hold 0: dropped at once" cmap -n ga map replace M seq 10 peer $GB hold 0 acl permit 10.1.0.0/24 10.2.0.0/24
ns ha ping -c 1 -W 1 $HB > /dev/null
like "$(cmap -n ga -s link show)" '^    drops: no-sa 1$' "link show -s: the drop and its reason"
like "$(cmap -n ga -s map show)" '^        matches 1 out packets 0 bytes 0 errors 1 in packets 0 bytes 0 errors 0 held 0$' "map show -s: the rule's counters"
like "$(cmap -n ga stats)" 'no-sa 1' "stats: the namespace's"
check "monitor -t: the packet" waitfor 5 grep -qE "^[-0-9T:.]+ acquire dev wan map M seq 10 rule 0 peer $GB local-proxy 10.1.0.0/24 remote-proxy 10.2.0.0/24 flow icmp $HA > $HB" "$WORK/acquire"
kill $MON; wait $MON 2>/dev/null
check "packets are held again" cmap -n ga map replace M seq 10 peer $GB acl permit 10.1.0.0/24 10.2.0.0/24

note "security associations"
cmap -n ga -t -j monitor > "$WORK/monitor.json" & MON=$!
cmap -n ga monitor > "$WORK/monitor" & MON2=$!
waitfor 10 listening ga 2
check "in" cmap -n ga sa add dir in $SA spi 0x200 src $GB dst $GA $KEYS replay-window 128 conn-id 7
printf 'enc %s\nauth %s\n' 000102030405060708090a0b0c0d0e0f1011121314151617 000102030405060708090a0b0c0d0e0f > "$WORK/keys"
check "out, keys from a file" cmap -n ga sa add dir out $SA spi 0x100 src $GA dst $GB enc 3des-cbc auth hmac-md5-96 key-file "$WORK/keys" life-soft-seconds 1000 life-hard-seconds 2000 standby
says 1 '.' cmap -n ga sa add dir in $SA spi 0x200 src $GB dst $GA $KEYS
says 1 '.' cmap -n ga sa add dir in $SA spi 0x201 src $GB dst $GA enc aes-cbc 0011
says 1 '.' cmap -n ga sa add dir in map NONE seq 10 proto esp local-proxy any remote-proxy any spi 0x201 src $GB dst $GA $KEYS
check "a key from standard input" bash -c "echo 000102030405060708090a0b0c0d0e0f | cmap -n ga sa add dir in $SA spi 0x202 src $GB dst $GA enc aes-cbc - auth hmac-sha1-96 000102030405060708090a0b0c0d0e0f10111213"
out=$(cmap -n ga sa show)
like "$out" "^in esp spi 0x00000200 src $GB dst $GA map M seq 10\$" "sa show: inbound"
like "$out" "^out esp spi 0x00000100 src $GA dst $GB map M seq 10 standby\$" "sa show: outbound, standby"
like "$out" 'enc aes-cbc auth hmac-sha1-96 replay-window 128 conn-id 7 age [0-9]+s' "sa show: algorithms"
like "$out" 'left (1999|2000|199[0-9])s' "sa show: lifetime"
unlike "$(cmap -n ga -j -d -s sa show)" '000102030405' "no key is ever shown"
like "$(cmap -n ga -d sa show spi 0x200 dst $GA)" 'driver .*cbc' "the crypto drivers"
check "enabled" cmap -n ga sa enable spi 0x100 dst $GB
unlike "$(cmap -n ga sa show)" standby "no longer standby"
like "$(cmap -n ga -s sa show)" 'packets 0 bytes 0 errors 0 sequence 0' "counters"
says 1 '.' cmap -n ga sa del spi 0x999 dst $GA
check "deleted" cmap -n ga sa del spi 0x202 dst $GA
is "$(cmap -n ga -j sa show map M | json 'sorted(x["spi"] for x in d)')" "[256, 512]" "sa show -j with a filter"
is "$(cmap -n ga sa show peer 203.0.113.9)" "" "a filter that nothing fits"
spi=$(cmap -n ga sa spi-alloc dst $GA)
like "$spi" '^0x[0-9a-f]{8}$' "an SPI is reserved"
check "and used" cmap -n ga sa add dir in $SA spi "$spi" src $GB dst $GA $KEYS
like "$(cmap -n ga stats)" '^sas 3' "stats"
is "$(cmap -n ga -j sa flush | json 'd[0]["count"]')" 3 "flush says how many"
is "$(cmap -n ga sa show)" "" "none is left"
check "monitor: events as text" waitfor 5 grep -qE '^sa-new in esp spi 0x00000200 src .* map M seq 10 local-proxy 10.1.0.0/24 remote-proxy 10.2.0.0/24 conn-id 7' "$WORK/monitor"
check "monitor: a deletion" waitfor 5 grep -q '^sa-del ' "$WORK/monitor"
check "monitor: JSON lines with times" python3 -c 'import json,sys
d=[json.loads(l) for l in open(sys.argv[1])]
assert any(e["event"]=="sa-new" and e["spi"]==512 and e["time"] for e in d)' "$WORK/monitor.json"
kill $MON $MON2; wait $MON $MON2 2>/dev/null

note "all that an SA can be"
check "an entry for them" cmap -n ga map add F seq 10 peer 2001:db8:b::1 acl permit any any acl permit any6 any6
F="map F seq 10 src 2001:db8:a::1 dst 2001:db8:b::1"
AUTH="auth hmac-sha2-256-128 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
GCM="enc aes-gcm 000102030405060708090a0b0c0d0e0f10111213"
lines() { cmap -n ga sa show proto "$1" spi "$2" dst "$3" | sed 's/ age .*//'; }
check "GCM over IPv6, a short ICV, extended numbers, idle" cmap -n ga sa add dir out $F proto esp spi 0x300 local-proxy 10.1.0.0/16 remote-proxy any $GCM icv 8 esn idle 60
is "$(lines esp 0x300 2001:db8:b::1)" "out esp spi 0x00000300 src 2001:db8:a::1 dst 2001:db8:b::1 map F seq 10
    local-proxy 10.1.0.0/16 remote-proxy 0.0.0.0/0
    mode tunnel esn
    enc aes-gcm auth none icv 8" "sa show"
like "$(cmap -n ga sa show spi 0x300 dst 2001:db8:b::1)" 'age [0-9]+s idle 60s$' "its idle time"
check "NAT-T, transport mode, DF set, fragments behind ESP" cmap -n ga sa add dir out map F seq 10 src $GA dst $GB proto esp spi 0x301 \
	local-proxy $GA remote-proxy $GB proxy-proto udp enc aes-ctr 000102030405060708090a0b0c0d0e0f10111213 $AUTH mode transport encap 4500 61000 df set frag-after parallel
is "$(lines esp 0x301 $GB)" "out esp spi 0x00000301 src $GA dst $GB map F seq 10
    local-proxy proto udp $GA/32 remote-proxy $GB/32
    mode transport encap 4500 61000 df set frag-after parallel
    enc aes-ctr auth hmac-sha2-256-128" "sa show"
check "AH for a bundle" cmap -n ga sa add dir in map F seq 10 src $GB dst $GA proto ah spi 0x302 local-proxy any remote-proxy any $AUTH bundle
check "ESP in it" cmap -n ga sa add dir in map F seq 10 src $GB dst $GA proto esp spi 0x303 local-proxy any remote-proxy any $GCM ah-spi 0x302
is "$(lines ah 0x302 $GA)" "in ah spi 0x00000302 src $GB dst $GA map F seq 10
    local-proxy 0.0.0.0/0 remote-proxy 0.0.0.0/0
    mode tunnel bundle
    auth hmac-sha2-256-128 replay-window 64" "sa show: AH"
like "$(lines esp 0x303 $GA)" 'mode tunnel ah-spi 0x00000302$' "sa show: ESP"
is "$(cmap -n ga -j sa show | json 'sorted((x["spi"], x["proto"], x["mode"], x["esn"], x.get("ah_spi"), x.get("icv_len"), x.get("encap_dport"), x.get("df")) for x in d)')" \
	"[(768, 'esp', 'tunnel', True, None, 8, None, None), (769, 'esp', 'transport', False, None, None, 61000, 'set'), (770, 'ah', 'tunnel', False, None, None, None, None), (771, 'esp', 'tunnel', False, 770, 16, None, None)]" "sa show -j"
cmap -n ga monitor > "$WORK/monitor" & MON=$!
waitfor 10 listening ga
check "AH deleted" cmap -n ga sa del proto ah spi 0x302 dst $GA
is "$(cmap -n ga -j sa show | json 'sorted(x["spi"] for x in d)')" "[768, 769]" "its ESP SA went with it"
check "told by events, both" waitfor 5 bash -c "grep -q '^sa-del in ah spi 0x00000302 .* reason deleted' '$WORK/monitor' && grep -q '^sa-del in esp spi 0x00000303 .* reason the other SA of its bundle is gone' '$WORK/monitor'"
check "once more" bash -c "cmap -n ga sa add dir in map F seq 10 src $GB dst $GA proto ah spi 0x302 local-proxy any remote-proxy any $AUTH bundle &&
	cmap -n ga sa add dir in map F seq 10 src $GB dst $GA proto esp spi 0x303 local-proxy any remote-proxy any $GCM ah-spi 0x302"
check "ESP deleted" cmap -n ga sa del spi 0x303 dst $GA
is "$(cmap -n ga -j sa show | json 'sorted(x["spi"] for x in d)')" "[768, 769]" "its AH SA went with it"
spi=$(cmap -n ga sa spi-alloc proto ah dst 2001:db8:a::1)
check "an SPI of AH is reserved and used" cmap -n ga sa add dir in map F seq 10 src 2001:db8:b::1 dst 2001:db8:a::1 proto ah spi "$spi" local-proxy any remote-proxy any $AUTH
says 1 'does not encrypt' cmap -n ga sa add dir out $F proto ah spi 0x304 local-proxy any remote-proxy any $GCM $AUTH
says 2 'auth is missing' cmap -n ga sa add dir out $F proto ah spi 0x304 local-proxy any remote-proxy any
says 1 'in transport mode' cmap -n ga sa add dir out $F proto esp spi 0x304 local-proxy any remote-proxy any $GCM mode transport
says 2 '"tunel" is not one of tunnel, transport' cmap -n ga sa add dir out mode tunel
is "$(cmap -n ga -j sa flush peer 2001:db8:b::1 | json 'd[0]["count"]')" 2 "flush by an IPv6 peer"
is "$(cmap -n ga -j sa flush map F | json 'd[0]["count"]')" 1 "and the rest of the map"
kill $MON; wait $MON 2>/dev/null
check "the map is deleted" cmap -n ga map del F

note "not root"
says 1 'needs root|not permitted' setpriv --reuid=65534 --regid=65534 --clear-groups cmap link show
check "unbound" cmap -n ga link set dev wan nomap
check "map deleted" cmap -n ga map del M
finish
