#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# guest test: 100,000 ESP, AH and UDP-encapsulated packets, most of them changed: none delivered but what is authentic, each counted once
# usage: wire-fuzz.sh [COUNT [SEED [HARM]]]
. "$(dirname "$0")/lib.sh"
load_module
topology6
# Nothing is lost in front of IP, and what waits for other fragments is given up soon.
sysctl -qw net.core.netdev_max_backlog=100000
ns ga sysctl -qw net.ipv4.ipfrag_time=1 net.ipv6.ip6frag_time=1 net.netfilter.nf_conntrack_frag6_timeout=1
# r is a cable's end here: what the stack of ga says about packets goes nowhere.
ns r sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0
ns ha ping -c 1 -W 10 10.1.0.1 > /dev/null; ns ha ping -c 1 -W 10 2001:db8:1::1 > /dev/null

# What IP and UDP count of the packets that they don't deliver, or that go to a socket. Fragments: IPv4 counts those that
# come, IPv6 those that are given up; each is alone here.
BY_STACK='IpInHdrErrors IpInAddrErrors IpInUnknownProtos IpInDiscards IpExtInTruncatedPkts IpExtInNoRoutes IpReasmReqds
UdpInDatagrams UdpNoPorts UdpInErrors
Ip6InHdrErrors Ip6InTooBigErrors Ip6InNoRoutes Ip6InAddrErrors Ip6InUnknownProtos Ip6InTruncatedPkts Ip6InDiscards Ip6ReasmFails
Udp6InDatagrams Udp6NoPorts Udp6InErrors'
by_stack() { # NAME VALUE of those that are not 0
	ns ga cat /proc/net/snmp /proc/net/snmp6 /proc/net/netstat | awk -v want="$BY_STACK" '
		BEGIN { split(want, w); for (i in w) wanted[w[i]] = 1 }
		/^Ip6|^Udp6/ { v[$1] = $2; next }
		/^[A-Za-z]+: [A-Z]/ { p = substr($1, 1, length($1) - 1); for (i = 2; i <= NF; i++) n[i] = p $i; next }
		/^[A-Za-z]+: / { for (i = 2; i <= NF; i++) v[n[i]] = $i }
		END { for (k in v) if (k in wanted && v[k]) print k, v[k] }'
}
by_us() { # NAME VALUE: the reasons, and keepalives; "no-sa" is what the stack would have answered
	cmap -n ga stats -v | awk '$1 == "sas" { for (i = 3; i < NF; i += 2) if ($i == "keepalives") print $i, $(i + 1) }
		NF == 2 && $1 ~ /^[0-9]+$/ && $2 != "no-sa" { print $2, $1 }'
}
sum() { awk '{ s += $2 } END { print s + 0 }' <<< "$1"; }
value() { awk -v n="$1" '$1 == n { print $2 }' "$WORK/fuzz"; }
received() { cmap -n ga -s sa show | awk '$1 == "mode" { bundle = / bundle/ } $1 == "packets" && !bundle { s += $2 } END { print s + 0 }'; }
# Datagrams of transport mode end in a socket of ga, where UDP counts what our SAs have counted.
total() { # what the stack, we, and the receivers have counted since BEFORE
	STACK=$(by_stack); US=$(by_us)
	echo $(($(sum "$STACK") - BEFORE + $(sum "$US") + $(value delivered) - $(value inside)))
}
all_counted() { [ "$(total)" = "$(value sent)" ]; }

wire_fuzz print wan > "$WORK/sas"
check "SAs of $(grep -c '^sa ' "$WORK/sas") kinds" cmap -n ga -batch "$WORK/sas"
BEFORE=$(sum "$(by_stack)")
[ "$CMAP_KERNEL" = debug ] && COUNT=20000 || COUNT=100000
COUNT=${1:-$COUNT}
wire_fuzz "$COUNT" "${@:2}" > "$WORK/fuzz" 2>&1; ok $? "$COUNT packets are sent, and the last of each batch arrives" || show wire_fuzz "$WORK/fuzz"
note "$(grep -v '^bad' "$WORK/fuzz" | tr '\n' ' ')"
is "$(grep '^bad' "$WORK/fuzz")" "" "what was changed is not delivered, what arrives is as it was sent, and once"
is "$(value missing)" 0 "what was not changed is delivered"
is "$(received)" "$(value delivered)" "the SAs count what was delivered"
check "each packet is counted, once: by the stack, by a reason, or as delivered" waitfor 20 all_counted
is "$(total)" "$(value sent)" "in numbers"
is "$(reason ga bad-fragment)" "$(value far)" "fragments that can't be are dropped with a reason"
note "by the stack: $(by_stack | tr '\n' ' ')"
note "by us: $(by_us | tr '\n' ' ')"
cmap -n ga sa flush > /dev/null; cmap -n ga link del dev wan; cmap -n ga map del M
finish
