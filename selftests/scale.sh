#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# guest test: 10,000 entries and 10,000 SAs come in and are found without a walk, are dumped whole while others come and go; limits refuse
# not on the debug kernel: it measures memory and time
. "$(dirname "$0")/lib.sh"
load_module
topology
N=10000
KEYS="enc aes-cbc 000102030405060708090a0b0c0d0e0f auth hmac-sha1-96 000102030405060708090a0b0c0d0e0f10111213"
now() { date +%s%N; }
# kib: memory of the kernel's allocators
kib() { awk '/^(Slab|Percpu|VmallocUsed):/ {sum += $2} END {print sum}' /proc/meminfo; }
# entries FIRST LAST: batch lines for entries of map M, one host pair each; sas FIRST LAST [SPI]: outbound SAs for them
entries() { awk -v a="$1" -v b="$2" -v gb="$GB" 'BEGIN { for (i = a; i <= b; i++)
	printf "map add M seq %d peer %s hold 0 acl permit 10.1.0.2/32 10.99.%d.%d/32\n", i, gb, i / 250, i % 250 }'; }
sas() { awk -v a="$1" -v b="$2" -v base="${3:-65536}" -v ga="$GA" -v gb="$GB" -v keys="$KEYS" 'BEGIN { for (i = a; i <= b; i++)
	printf "sa add dir out map M seq %d proto esp spi %d src %s dst %s local-proxy 10.1.0.2/32 remote-proxy 10.99.%d.%d/32 %s\n",
		i, base + i, ga, gb, i / 250, i % 250, keys }'; }
# grow TEXT FILE: the lines of a batch go in, and the last tenth not much later than the first: a walk would make it 19 times
# as late. (Ratios of times only: how fast a guest is depends on what else the machine does.)
grow() {
	local lines start first last
	lines=$(wc -l < "$2")
	head -n $((lines / 10)) "$2" > "$WORK/first"; tail -n $((lines / 10)) "$2" > "$WORK/last"
	start=$(now); cmap -n ga -batch "$WORK/first" > "$WORK/grow" 2>&1 || { ok 1 "$1"; head -5 "$WORK/grow"; return; }
	first=$(($(now) - start))
	sed "1,$((lines / 10))d; $((lines - lines / 10 + 1)),\$d" "$2" > "$WORK/rest"
	cmap -n ga -batch "$WORK/rest" > "$WORK/grow" 2>&1 || { ok 1 "$1"; head -5 "$WORK/grow"; return; }
	start=$(now); cmap -n ga -batch "$WORK/last" > "$WORK/grow" 2>&1 || { ok 1 "$1"; head -5 "$WORK/grow"; return; }
	last=$(($(now) - start))
	ok $((last > 6 * first)) "$1: the first tenth in $((first / 1000000)) ms, the last in $((last / 1000000)) ms"
}
# probe: send 4000 packets, each of another flow, to 250 of the hosts; prints ns per packet
probe() { ns ha python3 -c '
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
def send(base):
    start = time.monotonic_ns()
    for i in range(4000):
        n = 9700 + i % 250
        s.sendto(b"x" * 64, ("10.99.%d.%d" % (n // 250, n % 250), base + i))
    return time.monotonic_ns() - start
print(min(send(b) for b in (10000, 20000, 30000)) // 4000)'; }

note "what is found quickly among few is found as quickly among many"
entries 9700 9949 > "$WORK/few"
check "250 entries" cmap -n ga -batch "$WORK/few"
sas 9700 9949 > "$WORK/few"
check "and their SAs" cmap -n ga -batch "$WORK/few"
check "bound" cmap -n ga link set dev wan map M
probe > /dev/null
few=$(probe)
is "$(reason ga no-sa)" 0 "each packet found its SA"
check "removed" bash -c "cmap -n ga link del dev wan && cmap -n ga map del M"
before=$(kib)
entries 1 $N > "$WORK/entries"
grow "$N entries" "$WORK/entries"
middle=$(kib)
sas 1 $N > "$WORK/sas"
grow "$N SAs" "$WORK/sas"
after=$(kib)
note "memory: $(((middle - before) * 1024 / N)) bytes an entry with one rule, $(((after - middle) * 1024 / N)) an SA ($(nproc) CPUs)"
ok $(((after - middle) * 1024 / N > 12288)) "an SA takes at most 12 KiB"
check "bound" cmap -n ga link set dev wan map M
probe > /dev/null
many=$(probe)
is "$(reason ga no-sa)" 0 "each packet found its SA"
note "ns a packet of a new flow: $few with 250 entries and SAs, $many with $N"
ok $((many > 4 * few)) "and not later, though there are 40 times as many"

note "many SAs of one rule"
check "a rule for all, in front" cmap -n ga map add ALL seq 1 peer $GB hold 0 acl permit any any
sas $((N - 2999)) $N 131072 | sed 's/map M seq [0-9]*/map ALL seq 1/' > "$WORK/all"
grow "3000 more SAs, all of that rule" "$WORK/all"
check "bound" cmap -n ga link set dev wan map ALL
probe > /dev/null
one=$(probe)
is "$(reason ga no-sa)" 0 "each packet found its SA"
ok $((one > 4 * few)) "as soon as among few: $one ns"
is "$(cmap -n ga -j -s sa show map ALL | python3 -c 'import json,sys
used = [sa for sa in json.load(sys.stdin) if sa["stats"]["out_packets"]]
print(len(used), all(int(sa["remote_proxy"]["addr"].split(".")[2]) * 250 + int(sa["remote_proxy"]["addr"].split(".")[3]) + 131072 == sa["spi"] for sa in used))')" \
	"250 True" "of 250 SAs, each by its own host's packets"
check "the map goes with its SAs" bash -c "cmap -n ga link set dev wan map M && cmap -n ga map del ALL"

note "dumps while others come and go"
churn() {
	local i=0
	while [ ! -e "$WORK/stop" ]; do
		i=$((i + 1))
		{ entries 60001 60020; sas 60001 60020; } > "$WORK/churn"
		cmap -n ga -batch "$WORK/churn" && for s in $(seq 60001 60020); do echo "map del M seq $s"; done | cmap -n ga -batch - || break
	done
	echo $i > "$WORK/churned"
}
churn 2> "$WORK/churn.log" & CHURN=$!
cmap -n ga -j sa show > "$WORK/sas.json"
cmap -n ga -j map show > "$WORK/map.json"
touch "$WORK/stop"; wait $CHURN
ok $(($(cat "$WORK/churned") < 2)) "there was coming and going: $(cat "$WORK/churned") rounds" || cat "$WORK/churn.log"
is "$(python3 -c 'import collections,json,sys
n = collections.Counter(sa["spi"] - 65536 for sa in json.load(open(sys.argv[1])))
print(sum(n[i] == 1 for i in range(1, 10001)), max(n.values()))' "$WORK/sas.json")" "$N 1" "each SA that was there all the time is told once"
is "$(python3 -c 'import collections,json,sys
n = collections.Counter(e["seq"] for e in json.load(open(sys.argv[1])) if e["rule_index"] == 0)
print(sum(n[i] == 1 for i in range(1, 10001)), max(n.values()))' "$WORK/map.json")" "$N 1" "each entry, too"

note "limits"
# says TEXT COMMAND...: refused with that text
says() { local text=$1 out; shift; out=$("$@" 2>&1); [ $? = 1 ] && grep -qF -- "$text" <<< "$out"; ok $? "refused: $text" || echo "$out" | head -3; }
P=/sys/module/cryptomap/parameters
old=$(cat $P/max_entries $P/max_rules $P/max_sas)
is "$(echo $old)" "16384 65536 65536" "what they are"
echo $N > $P/max_entries; echo $((N + 5)) > $P/max_rules; echo $N > $P/max_sas
says "at most $N crypto map entries (module parameter max_entries)" cmap -n ga map add M seq 20000 acl permit any any
check "an entry may be replaced" cmap -n ga map replace M seq 1 peer $GB hold 0 acl permit 10.1.0.2/32 10.99.0.1/32 acl permit 10.1.0.3/32 10.99.0.1/32
says "at most $((N + 5)) access list lines (module parameter max_rules)" cmap -n ga map replace M seq 2 acl permit any 10.0.0.1 acl permit any 10.0.0.2 \
	acl permit any 10.0.0.3 acl permit any 10.0.0.4 acl permit any 10.0.0.5 acl permit any 10.0.0.6
says "at most $N SAs and SPI reservations (module parameter max_sas)" cmap -n ga -batch <(sas 3 3 200000)
says "at most $N SAs and SPI reservations (module parameter max_sas)" cmap -n ga sa spi-alloc dst $GA
check "one less" cmap -n ga sa del spi $((65536 + 1)) dst $GB
check "one more" cmap -n ga sa spi-alloc dst $GA
echo 16384 > $P/max_entries; echo 65536 > $P/max_rules; echo 65536 > $P/max_sas

note "a storm of packets without SAs"
cmap -n ga sa flush > /dev/null
cmap -n ga -j monitor > "$WORK/acquires" & MON=$!
waitfor 10 listening ga
start=$(now)
ns ha python3 -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for n in range(1, 10001):
    s.sendto(b"x", ("10.99.%d.%d" % (n // 250, n % 250), 9))'
seconds=$((($(now) - start) / 1000000000 + 2))
kill $MON; wait $MON 2>/dev/null
count=$(grep -c '"event": "acquire"' "$WORK/acquires")
ok $((count < 200 || count > 256 * seconds)) "$count ACQUIREs in at most $seconds s, not one for each of $N rules"
check "everything is deleted" bash -c "cmap -n ga link del dev wan && cmap -n ga map del M && cmap -n ga sa flush"
finish
