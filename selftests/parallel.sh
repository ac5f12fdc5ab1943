#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# guest test: an SA whose packets several CPUs encrypt and decrypt keeps their order, and goes away in the middle of it
# two CPUs: the SA, the module, a CPU go in the middle of it
. "$(dirname "$0")/lib.sh"
load_module
topology
modprobe -aq esp4 ah4 seqiv gcm
. "$HERE/pair.sh"
OURS_IN=parallel OURS_OUT=parallel
[ "$CMAP_KERNEL" = debug ] && COUNT=2000 RATE=400 BYTES=200000 || COUNT=2000 RATE=2000 BYTES=1000000
LOAD=()

# strict TEXT FROM TO ADDRESS [TRAIN]: a numbered flow that comes complete and in order
strict() { like "$(flow "$2" "$3" "$4" $COUNT $RATE 900 ${5:-} 2>&1)" "^received $COUNT lost 0 duplicate 0 reordered 0 corrupt 0\$" "$1"; }
# algorithm NAME: its words
algorithm() {
	PROTO=esp AUTH="" XAUTH=""
	case $1 in
	gcm) K=$(bytes 20); ENC="enc aes-gcm $K" XENC="aead rfc4106(gcm(aes)) 0x$K 128";;
	cbc-sha1) K=$(bytes 16); ENC="enc aes-cbc $K" XENC="enc cbc(aes) 0x$K"; sha1;;
	3des-sha1) K=$(bytes 24); ENC="enc 3des-cbc $K" XENC="enc cbc(des3_ede) 0x$K"; sha1;;
	ah) PROTO=ah ENC="" XENC=""; sha1;;
	esac
}
sha1() { K=$(bytes 20); AUTH="auth hmac-sha1-96 $K" XAUTH="auth-trunc hmac(sha1) 0x$K 96"; }
both_ends() { algorithm "$1"; { ours && theirs && policies; } > "$WORK/pair" 2>&1; ok $? "$1${2:-}: SAs on both sides" || show pair "$WORK/pair"; }

# A burst that goes on at once is more than the stack queues.
sysctl -qw net.core.netdev_max_backlog=20000

# On which CPUs do a packet's cipher and hash run? Probes in the module's functions tell.
T=/sys/kernel/tracing
[ -d $T/events ] || mount -t tracefs tracefs $T 2> /dev/null
probe() {
	[ -e $T/kprobe_events ] || return
	printf 'p:crypt/%s cryptomap:%s\n' seal cmap_esp_seal open cmap_esp_open aseal cmap_ah_seal aopen cmap_ah_open > $T/kprobe_events &&
		echo 1 > $T/events/crypt/enable
}
unprobe() { echo 0 > $T/events/crypt/enable; : > $T/kprobe_events; }
# cpus: how many packets each CPU had since it was last asked
cpus() { cat $T/trace | awk '/(seal|open): / {n[$3 ~ /^\[/ ? $3 : $2]++} END {print n["[000]"] + 0, n["[001]"] + 0}'; : > $T/trace; }
# spread TEXT: each of two CPUs had a twentieth at least, whatever else the host does
spread() {
	local a b
	read -r a b < <(cpus)
	ok $((a * 20 < a + b || b * 20 < a + b || a + b < 2 * COUNT)) "$1: both CPUs worked ($a and $b packets)"
}

load() { # both ways, until unload; this script needs a CPU sometimes, too
	nice -n 19 ip netns exec ha ping -f -q -s 1200 $HB > /dev/null 2>&1 & LOAD=($!)
	nice -n 19 ip netns exec hb ping -f -q -s 1200 $HA > /dev/null 2>&1 & LOAD+=($!)
	nice -n 19 ip netns exec ga "$HERE/echo.py" stream $HB 4000000000 2> /dev/null & LOAD+=($!)
}
unload() { kill "${LOAD[@]}" 2> /dev/null; wait "${LOAD[@]}" 2> /dev/null; LOAD=(); }
# moving: packets went out and came in since the last pair of SAs
moving() { [ "$(cmap -n ga -s sa show | grep -cE ' packets [0-9]{3,} ')" = 2 ]; }

check "a map on the interface" vpn
ip -n ga route replace 10.2.0.0/24 via 192.0.2.254 src 10.1.0.1
start serve hb "$HERE/echo.py" serve
waitfor 60 grep -q ready "$WORK/serve.log" || bail "no echo server"
probe && PROBED=1 || { PROBED=; skip "on which CPUs" "this kernel has no probes"; }

for name in gcm cbc-sha1 ah; do
	both_ends $name
	[ $name = gcm ] && like "$(cmap -n ga sa show)" 'mode tunnel df copy parallel' "sa show says so"
	[ $name = gcm ] && is "$(cmap -n ga -j sa show | grep -c '"parallel": *true')" 2 "sa show -j says so"
	forget
	[ -z "$PROBED" ] || cpus > /dev/null
	strict "$name, out: complete, in order" ha hb $HB 20
	strict "$name, in: complete, in order" hb ha $HA 20
	[ -z "$PROBED" ] || spread "$name"
	is "$(counters)" "$COUNT $((COUNT * 928)) 0, $COUNT $((COUNT * 928)) 0" "$name: exactly these packets are counted"
	[ $name = cbc-sha1 ] && from=ga || from=ha
	check "$name: TCP both ways, whole" ns $from "$HERE/echo.py" both $HB $BYTES
	is "$(xfrm_errors)" "" "$name: nothing was beyond XFRM's window of 32"
done
if [ -n "$PROBED" ]; then
	OURS_IN="" OURS_OUT=""
	both_ends cbc-sha1 ", not parallel"
	cpus > /dev/null
	strict "not parallel, out: complete, in order" ha hb $HB 20
	read -r one two < <(cpus)
	ok $((two * 50 > one)) "not parallel: the sender's CPU did it ($one and $two packets)"
	OURS_IN=parallel OURS_OUT=parallel
	unprobe
fi

# More than the CPUs can do, as the sender goes before everything else: what is too much is counted, the rest is in order.
both_ends 3des-sha1
before=$(reason ga no-memory)
chrt -f 50 taskset -c 1 bash -c 'while :; do :; done' & LOAD=($!)
chrt -f -p 50 $$
out=$(flow ha hb $HB 6000 1000000 1300 40)
chrt -o -p 0 $$
unload
like "$out" '^received [0-9]* lost [0-9]* duplicate 0 reordered 0 corrupt 0$' "overload: what comes is in order"
lost=$(sed -n 's/^received [0-9]* lost \([0-9]*\) .*/\1/p' <<< "$out")
is "$(($(reason ga no-memory) - before))" "${lost:-?}" "overload: each packet that does not come is counted"
if [ "$CMAP_KERNEL" = debug ] && [ "${lost:-0}" = 0 ]; then skip "overload: there were some" "this kernel's sender is too slow"
else ok $((${lost:-0} == 0)) "overload: there were some (${lost:-?} of 6000)"; fi

# A CPU goes and comes under way.
if [ -w /sys/devices/system/cpu/cpu1/online ]; then
	both_ends cbc-sha1
	(while :; do echo 0 > /sys/devices/system/cpu/cpu1/online; echo 1 > /sys/devices/system/cpu/cpu1/online; echo . >> "$WORK/plugged"; done) & LOAD=($!)
	strict "a CPU goes and comes, out: complete, in order" ha hb $HB
	strict "a CPU goes and comes, in: complete, in order" hb ha $HA
	unload
	ok $((! $(wc -l < "$WORK/plugged"))) "it went and came ($(wc -l < "$WORK/plugged") times)"
	echo 1 > /sys/devices/system/cpu/cpu1/online 2> /dev/null
else
	skip "a CPU goes and comes" "this kernel's CPUs stay"
fi

for name in cbc-sha1 gcm; do
	both_ends $name
	load
	check "$name: packets flow both ways" waitfor 60 moving
	check "$name: SAs are deleted in the middle of it" cmap -n ga sa flush
	unload
done
both_ends gcm
load
check "packets flow both ways" waitfor 60 moving
check "the module goes in the middle of it" rmmod cryptomap
unload
modprobe cryptd
load_module force_async=1
check "a map on the interface" vpn
like "$(ours 2>&1)" 'PARALLEL needs a synchronous driver' "refused where there are asynchronous drivers only"
echo 0 > /sys/module/cryptomap/parameters/force_async
both_ends cbc-sha1
load
check "packets flow both ways" waitfor 60 moving
check "a namespace goes in the middle of it" ip netns del ga
unload
finish
