#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# usage: ike.sh full|quick|smoke
# In a guest: N tunnels come up between two gateways, each of them ours or strongSwan. Prints "row {JSON}" for each case,
# and notes.
#
#   a: interfaces a1..aI, 10.1.i.1 --- r --- b: interfaces b1..bJ, 10.2.j.1
#
# Every address of a has a tunnel to every address of b: I x J = N pairs of addresses, and so N phase 1 SAs and N phase 2
# SAs, host to host. A packet between the two addresses asks for each; one that comes back says that it is up. WINDOW of them
# are under way at a time. The same for both: the packets, the proposals (main mode with AES 128, SHA-1, a pre-shared key;
# quick mode with AES 128, SHA-1, no PFS), one secret for all, default lifetimes, no DPD, nobody who reads a log.
set -u
HERE=$(cd "$(dirname "$0")" && pwd)
WORK=$(mktemp -d /tmp/bench.XXXXXX)
WINDOW=64
declare -A PID=()

die() { echo "bench: $*"; exit 1; }
# waitfor SECONDS COMMAND...: until it succeeds
waitfor() {
	local end=$((SECONDS + $1)); shift
	until "$@" > /dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		read -r -t 0.2 <> <(:)
	done
	return 0
}
# gateway NS LETTER NETWORK COUNT: its interfaces, each with its address, route and rule, and their other ends in r
gateway() {
	local i
	ip netns add "$1"
	for ((i = 1; i <= $4; i++)); do
		cat <<-X
		link add $2$i netns $1 type veth peer name r$2$i netns r
		X
	done | ip -batch -
	{
		echo "link set lo up"
		for ((i = 1; i <= $4; i++)); do
			cat <<-X
			addr add 10.$3.$i.1/24 dev $2$i
			link set $2$i up
			route add default via 10.$3.$i.254 dev $2$i table $((1000 + i))
			rule add from 10.$3.$i.1 table $((1000 + i))
			X
		done
	} > "$WORK/batch"
	{
		for ((i = 1; i <= $4; i++)); do
			cat <<-X
			addr add 10.$3.$i.254/24 dev r$2$i
			link set r$2$i up
			X
		done
	} > "$WORK/batch-r"
	ip netns exec "$1" sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
	ip -n "$1" -batch "$WORK/batch" && ip -n r -batch "$WORK/batch-r" || die "no interfaces for $1"
}
network() { # I J
	ip netns add r
	ip netns exec r sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
	gateway a a 1 "$1"
	gateway b b 2 "$2"
}

# config_ours NS LETTER MINE THEIRS COUNT PEERS GROUP
config_ours() {
	cat <<-X
	crypto isakmp policy 10
	 encr aes
	 hash sha
	 authentication pre-share
	 group $7
	crypto isakmp key benchkey address 0.0.0.0 0.0.0.0
	crypto ipsec transform-set T esp-aes esp-sha-hmac
	X
	awk -v l="$2" -v mine="$3" -v theirs="$4" -v n="$5" -v m="$6" 'BEGIN {
		for (i = 1; i <= n; i++) {
			for (j = 1; j <= m; j++) {
				printf "crypto map M%d %d ipsec-isakmp\n set peer 10.%d.%d.1\n set transform-set T\n match address L%dx%d\n", i, j, theirs, j, i, j
				printf "ip access-list extended L%dx%d\n permit ip host 10.%d.%d.1 host 10.%d.%d.1\n", i, j, mine, i, theirs, j
			}
			printf "interface %s%d\n ip address 10.%d.%d.1 255.255.255.0\n crypto map M%d\n", l, i, mine, i, i
		}
	}'
}
# config_swan MINE THEIRS COUNT PEERS PROPOSAL ACTION
config_swan() {
	awk -v mine="$1" -v theirs="$2" -v n="$3" -v m="$4" -v ike="aes128-sha1-$5" -v action="$6" 'BEGIN {
		print "connections {"
		for (i = 1; i <= n; i++) for (j = 1; j <= m; j++) {
			printf " c%dx%d { version = 1\n local_addrs = 10.%d.%d.1\n remote_addrs = 10.%d.%d.1\n proposals = %s\n", i, j, mine, i, theirs, j, ike
			printf " local { auth = psk }\n remote { auth = psk }\n children { c%dx%d { local_ts = 10.%d.%d.1/32\n remote_ts = 10.%d.%d.1/32\n", i, j, mine, i, theirs, j
			printf " esp_proposals = aes128-sha1\n start_action = %s\n } } }\n", action
		}
		print "}\nsecrets { ike-1 { secret = benchkey } }"
	}'
}

# Debian's strongSwan as it is, but for what its manual recommends for many SAs (a hash table for them), and the limit of
# half-open SAs of one address, which this load is meant to exceed.
charon_up() { # NS CONF
	local dir=$WORK/charon-$1
	mkdir -p "$dir"
	cat > "$dir/strongswan.conf" <<-X
	charon {
	  load_modular = yes
	  install_routes = no
	  dos_protection = no
	  ikesa_table_size = 4096
	  ikesa_table_segments = 16
	  plugins { include /etc/strongswan.d/charon/*.conf }
	}
	X
	STRONGSWAN_CONF=$dir/strongswan.conf ip netns exec "$1" unshare -m bash -c \
		'mount -t tmpfs tmpfs /run && exec /usr/lib/ipsec/charon --use-syslog no' > "$dir/log" 2>&1 &
	PID[$1]=$!
	waitfor 120 swan "$1" --stats || { cat "$dir/log"; die "charon in $1 is not up"; }
	swan "$1" --load-all --file "$2" > "$dir/load" 2>&1 || { tail -5 "$dir/load"; die "charon does not load $2"; }
}
swan() { local n=$1; shift; timeout 1800 nsenter -t "${PID[$n]}" -m -n swanctl "$@"; }
ikemgr_up() { # NS CONF, which becomes its user's
	chmod 711 "$WORK"; chmod 600 "$2"; chown ikemgr "$2"
	ip netns exec "$1" ikemgr -f "$2" > "$WORK/ikemgr-$1" 2>&1 &
	PID[$1]=$!
	waitfor 300 cmap -n "$1" show crypto isakmp sa || { tail -5 "$WORK/ikemgr-$1"; die "ikemgr in $1 is not up"; }
}
# up WHO NS LETTER MINE THEIRS COUNT PEERS GROUP PROPOSAL ACTION
up() {
	if [ "$1" = ours ]; then
		config_ours "$2" "$3" "$4" "$5" "$6" "$7" "$8" > "$WORK/$2.conf"
		ikemgr_up "$2" "$WORK/$2.conf"
	else
		config_swan "$4" "$5" "$6" "$7" "$9" "${10}" > "$WORK/$2.conf"
		charon_up "$2" "$WORK/$2.conf"
	fi
}

# cpu NS: nanoseconds that all threads of its daemon have run, user and system
cpu() { cat /proc/"${PID[$1]}"/task/*/schedstat | awk '{ sum += $1 } END { printf "%.0f\n", sum }'; }
# memory NS: KiB of its own, and its part of what it shares
memory() { awk '/^Pss:/ { print $2 }' /proc/"${PID[$1]}"/smaps_rollup; }
# quiet: neither daemon has done anything worth mentioning for a second
quiet() {
	local before after
	before=$(($(cpu a) + $(cpu b)))
	read -r -t 1 <> <(:)
	after=$(($(cpu a) + $(cpu b)))
	[ $((after - before)) -lt 5000000 ]
}

# measure NAME GROUP PROPOSAL INITIATOR RESPONDER I J
measure() {
	local n=$(($6 * $7)) cpu_a cpu_b mem_a mem_b result
	network "$6" "$7"
	up "$5" b b 2 1 "$7" "$6" "$2" "$3" none
	up "$4" a a 1 2 "$6" "$7" "$2" "$3" trap
	waitfor 120 quiet || echo "note: the daemons do not become quiet before"
	mem_a=$(memory a) mem_b=$(memory b) cpu_a=$(cpu a) cpu_b=$(cpu b)
	ip netns exec b "$HERE/ike_load.py" echo "$7" & local echo=$!
	result=$(ip netns exec a "$HERE/ike_load.py" ask "$6" "$7" $WINDOW) || { echo "$result"; die "$1: not all tunnels came up"; }
	waitfor 120 quiet || echo "note: the daemons do not become quiet after"
	echo "row {\"initiator\": \"$4\", \"responder\": \"$5\", \"group\": \"$1\", \"tunnels\": $n, $result," \
		"\"cpu_initiator_ns\": $(($(cpu a) - cpu_a)), \"cpu_responder_ns\": $(($(cpu b) - cpu_b))," \
		"\"configured_initiator_kib\": $mem_a, \"configured_responder_kib\": $mem_b," \
		"\"up_initiator_kib\": $(memory a), \"up_responder_kib\": $(memory b)}"
	kill "$echo" "${PID[a]}" "${PID[b]}"; wait "$echo" "${PID[a]}" "${PID[b]}" 2> /dev/null
	ip -all netns delete
	waitfor 60 no_interfaces
}
no_interfaces() { ! ip link | grep -q ' r[ab][0-9]'; }

modprobe -a libdes nf_defrag_ipv6 esp4 2> /dev/null
insmod "$CMAP_KO" || die "the module does not load"
case ${1:-full} in
smoke) sizes=("2 2");;
quick) sizes=("1 1" "10 10");;
*) sizes=("1 1" "10 10" "40 50");;
esac
for size in "${sizes[@]}"; do
	for group in "modp2048 14 modp2048" "ecp256 19 ecp256"; do
		pairs=("ours ours" "strongswan strongswan")
		# thousands take their time, and show nothing new of these
		[ "$size" = "40 50" ] || pairs+=("ours strongswan" "strongswan ours")
		for pair in "${pairs[@]}"; do
			measure $group $pair $size
		done
	done
done
rm -rf "$WORK"
