# SPDX-License-Identifier: GPL-2.0-only
# What every guest test shares: TAP, waiting for conditions, the topology, the peers, and the audit at the end.
#
#   ha eth0 --- lan ga wan --- a  r  b --- wan gb lan --- eth0 hb
#   10.1.0.2  10.1.0.1 192.0.2.1  192.0.2.254  198.51.100.254  198.51.100.1  10.2.0.1  10.2.0.2
#
# ga and gb are gateways with hosts ha and hb behind them, r is the Internet. A test sources this file, calls topology,
# makes its checks, and ends with `finish`. shellcheck shell=bash
set -u
umask 077	# configurations hold keys: the daemon refuses those that others may read
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
WORK=$(mktemp -d /tmp/selftest.XXXXXX); chmod 711 "$WORK"	# the daemon's user reads its own file in it
GA=192.0.2.1 GB=198.51.100.1 HA=10.1.0.2 HB=10.2.0.2
GA6=2001:db8:a::1 GB6=2001:db8:b::1 HA6=2001:db8:1::2 HB6=2001:db8:2::2
TAP_N=0 TAP_FAILED=0
declare -A DAEMON=()	# name -> pid

# --- TAP ---------------------------------------------------------------------------------------------------------

# ok STATUS TEXT: one result
ok() {
	TAP_N=$((TAP_N + 1))
	if [ "$1" = 0 ]; then echo "ok $TAP_N - $2"; else TAP_FAILED=$((TAP_FAILED + 1)); echo "not ok $TAP_N - $2"; fi
	return "$1"
}
# check TEXT COMMAND...: passes if the command does; what it printed is shown if not
check() {
	local text=$1 out rc; shift
	out=$("$@" 2>&1); rc=$?
	ok "$((rc != 0))" "$text" && return 0
	echo "$out" | tail -n 40 | sed "s/^/#   /"; echo "#   exit status $rc of: $*"
	return 1
}
# is ACTUAL EXPECTED TEXT
is() {
	if [ "$1" = "$2" ]; then ok 0 "$3"; return; fi
	ok 1 "$3"; printf '%s\n' "got:" "$1" "expected:" "$2" | sed 's/^/#   /'
	return 1
}
# like ACTUAL REGEX TEXT: grep -E finds it
like() {
	if grep -qE -- "$2" <<< "$1"; then ok 0 "$3"; return; fi
	ok 1 "$3"; printf '%s\n' "no match for: $2" "in:" "$1" | sed 's/^/#   /'
	return 1
}
# unlike ACTUAL REGEX TEXT
unlike() {
	if ! grep -qE -- "$2" <<< "$1"; then ok 0 "$3"; return; fi
	ok 1 "$3"; printf '%s\n' "found: $2" "in:" "$1" | sed 's/^/#   /'
	return 1
}
skip() { TAP_N=$((TAP_N + 1)); echo "ok $TAP_N - $1 # SKIP $2"; }
note() { echo "# $*"; }
# show TEXT FILE: the end of a log, as TAP comments
show() { echo "# --- $1"; tail -n "${3:-40}" "$2" 2>/dev/null | sed 's/^/#   /'; }
bail() { echo "Bail out! $*"; exit 1; }

# A script that stands still says where: the runner ends it at LIMIT, and we show what it waited for shortly before.
LIMIT=${LIMIT:-$(sed -n 's/^timeout=//p' "$HERE/settings")}
{
	read -r -t $((LIMIT - 60)) <> <(:)
	exec >&8
	note "still not at its end after $((LIMIT - 60)) s:"
	ps -eo pid,ppid,stat,etimes,wchan:24,args --sort=pid | grep -v ' \[.*\]$' | tail -n 40 | sed 's/^/#   /'
	for f in "$WORK"/*.log; do show "$f" "$f" 15; done
	dmesg | tail -n 20 | sed 's/^/#   /'
	kill -KILL $(pgrep -P $$ | grep -vx "$BASHPID") $$
} 8>&1 > /dev/null 2>&1 &
WATCH=$!
trap 'kill $WATCH' EXIT

# --- waiting -----------------------------------------------------------------------------------------------------

exec {NOTHING}<> <(:)	# never has anything to read
# waitfor SECONDS COMMAND...: until the command succeeds; 1 at the deadline. It asks less and less often: asking costs the
# time of what is waited for, and starting a program is most of that.
waitfor() {
	local end=$((${EPOCHREALTIME/[.,]/} + $1 * 1000000)) pause=20 text; shift
	until "$@" > /dev/null 2>&1; do
		[ "${EPOCHREALTIME/[.,]/}" -lt $end ] || return 1
		printf -v text 0.%03d $pause
		read -r -t $text -u "$NOTHING"
		pause=$((pause < 400 ? pause * 3 / 2 : pause))
	done
	return 0
}

# --- topology ----------------------------------------------------------------------------------------------------

ns() { ip netns exec "$@"; }
# wire NS1 IF1 ADDR1 NS2 IF2 ADDR2: a cable
wire() {
	ip link add "$2" netns "$1" type veth peer name "$5" netns "$4"
	ip -n "$1" addr add "$3" dev "$2"; ip -n "$4" addr add "$6" dev "$5"
	ip -n "$1" link set dev "$2" up; ip -n "$4" link set dev "$5" up
}
# hosts [SYSCTL...]: the five namespaces and their cables, each link up
hosts() {
	local n
	ip -batch - <<-X
		netns add ha
		netns add ga
		netns add r
		netns add gb
		netns add hb
		link add eth0 netns ha type veth peer name lan netns ga
		link add wan netns ga type veth peer name a netns r
		link add wan netns gb type veth peer name b netns r
		link add eth0 netns hb type veth peer name lan netns gb
	X
	for n in ha ga r gb hb; do
		ns $n sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 "$@"
	done
	for n in "ha eth0" "ga lan wan" "r a b" "gb lan wan" "hb eth0"; do
		printf 'link set dev %s up\n' lo ${n#* } | ip -n "${n%% *}" -batch -
	done
}
topology() {
	hosts net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	addresses
}
addresses() {
	ip -n ha -batch - <<< "addr add $HA/24 dev eth0
		route add default via 10.1.0.1"
	ip -n ga -batch - <<< "addr add 10.1.0.1/24 dev lan
		addr add $GA/24 dev wan
		route add default via 192.0.2.254"
	ip -n r -batch - <<< "addr add 192.0.2.254/24 dev a
		addr add 198.51.100.254/24 dev b"
	ip -n gb -batch - <<< "addr add $GB/24 dev wan
		addr add 10.2.0.1/24 dev lan
		route add default via 198.51.100.254"
	ip -n hb -batch - <<< "addr add $HB/24 dev eth0
		route add default via 10.2.0.1"
}
# topology6: the same with IPv6 beside IPv4
topology6() {
	hosts net.ipv6.conf.all.forwarding=1
	addresses
	ip -n ha -batch - <<< "addr add $HA6/64 dev eth0 nodad
		route add default via 2001:db8:1::1"
	ip -n ga -batch - <<< "addr add 2001:db8:1::1/64 dev lan nodad
		addr add $GA6/64 dev wan nodad
		route add default via 2001:db8:a::fe"
	ip -n r -batch - <<< "addr add 2001:db8:a::fe/64 dev a nodad
		addr add 2001:db8:b::fe/64 dev b nodad"
	ip -n gb -batch - <<< "addr add $GB6/64 dev wan nodad
		addr add 2001:db8:2::1/64 dev lan nodad
		route add default via 2001:db8:b::fe"
	ip -n hb -batch - <<< "addr add $HB6/64 dev eth0 nodad
		route add default via 2001:db8:2::1"
}
load_module() {
	modprobe -a libdes nf_defrag_ipv6 2>/dev/null
	insmod "$CMAP_KO" "$@" || bail "the module does not load: $(dmesg | tail -3)"
}

# --- daemons -----------------------------------------------------------------------------------------------------

# start NAME NS COMMAND...: in the background in that namespace, output to $WORK/NAME.log
start() {
	local name=$1 n=$2; shift 2
	ip netns exec "$n" "$@" > "$WORK/$name.log" 2>&1 &
	DAEMON[$name]=$!
}
# stop NAME [SIGNAL]: and wait; the daemon's exit status
stop() {
	local pid=${DAEMON[$1]:-}
	[ -n "$pid" ] || return 0
	kill -"${2:-TERM}" "$pid" 2>/dev/null
	unset "DAEMON[$1]"
	waitfor 20 dead "$pid" || { note "$1 did not end within 20 s"; kill -KILL "$pid"; return 1; }
	wait "$pid" 2>/dev/null
}
dead() { local stat; read -r stat < "/proc/$1/stat" || return 0; [[ $stat == *") Z "* ]]; }
alive() { ! dead "${DAEMON[$1]}"; }

# listening NS [N]: one process (N) listens to the module's events there
listening() { [ "$(ns "$1" awk '$2 == 16 && $4 !~ /^0*$/' /proc/net/netlink | wc -l)" -ge "${2:-1}" ]; }
# subscribed NS [N]: one client (N) has its connection to our daemon there
subscribed() { [ "$(ns "$1" grep -c '03 [0-9]* @ikemgr' /proc/net/unix)" -ge "${2:-1}" ]; }

# ikemgr_up NS CONF [OPTION...]: our daemon, ready to serve. It runs as the user ikemgr, whose file CONF becomes; one of the
# tree is copied.
ikemgr_up() {
	local n=$1 conf=$2; shift 2
	case $conf in "$HERE"/*) cp "$conf" "$WORK/${conf##*/}"; conf=$WORK/${conf##*/};; esac
	chmod 600 "$conf"; chown ikemgr "$conf"
	start "ikemgr-$n" "$n" ikemgr -f "$conf" "$@"
	waitfor 30 serves "${DAEMON[ikemgr-$n]}"
	waitfor 30 cmap -n "$n" show crypto isakmp sa || { show "ikemgr-$n" "$WORK/ikemgr-$n.log"; bail "ikemgr in $n is not up"; }
}
# serves PID: our daemon has its socket
serves() { local sockets; read -r -d '' sockets < "/proc/$1/net/unix"; [[ $sockets == *@ikemgr* ]]; }
# charon_up NS FILE: strongSwan with that swanctl.conf. Each has its own /run and configuration. Of its plugins it loads what
# it needs here: all of them take ten seconds.
charon_up() {
	local n=$1 conf=$2 dir=$WORK/charon-$1
	mkdir -p "$dir"
	cat > "$dir/strongswan.conf" <<-X
	charon {
	  load = aesni aes sha2 sha1 md5 random nonce openssl gcrypt gmp hmac gcm drbg attr kernel-netlink socket-default vici updown unity counters
	  port = 500
	  port_nat_t = 4500
	  install_routes = no
	  retransmit_base = 1.4
	  filelog { log { path = $dir/charon.log
	    time_format = %T
	    flush_line = yes
	    default = 1
	    ike = 2
	    cfg = 2
	  } }
	  plugins { include /etc/strongswan.d/charon/*.conf }
	  ${CHARON_EXTRA:-}
	}
	swanctl { load = random }
	X
	STRONGSWAN_CONF=$dir/strongswan.conf start "charon-$n" "$n" unshare -m bash -c \
		'mount -t tmpfs tmpfs /run && exec /usr/lib/ipsec/charon --use-syslog no'
	waitfor 60 test -S "/proc/${DAEMON[charon-$n]}/root/run/charon.vici"
	waitfor 60 swan "$n" --stats || {
		show "charon-$n" "$WORK/charon-$n.log"; show "charon-$n" "$dir/charon.log"
		show "its threads" <(ps -L -o pid,stat,etimes,wchan:24,args -p "${DAEMON[charon-$n]}")
		check "charon in $n answers" swan "$n" --stats
		bail "charon in $n is not up"
	}
	swan "$n" --load-all --file "$conf" > "$dir/load" 2>&1 || { show "swanctl" "$dir/load"; bail "charon in $n does not load $conf"; }
}
# swan NS ARG...: swanctl in charon's namespaces
swan() {
	local n=$1; shift
	# It complains about plugins that are not installed, each time.
	STRONGSWAN_CONF=$WORK/charon-$n/strongswan.conf timeout 60 nsenter -t "${DAEMON[charon-$n]}" -m -n swanctl "$@" 2> >(grep -v '^plugin ' >&2)
}
charon_log() { cat "$WORK/charon-$1/charon.log"; }

# --- configurations ----------------------------------------------------------------------------------------------

# ios_conf SIDE: a router's configuration for gateway a or b, on standard output. Variables change single lines:
#   POLICY (lines below crypto isakmp policy 10), KEY, TRANSFORMS, LIFETIME (lines), ACL (the list's tail), EXTRA
ios_conf() {
	local me=$GA peer=$GB mine=10.1.0.0 theirs=10.2.0.0
	[ "$1" = a ] || { me=$GB peer=$GA mine=10.2.0.0 theirs=10.1.0.0; }
	cat <<-X
	hostname gw$1
	crypto isakmp policy 10
	${POLICY:- encr 3des
	 authentication pre-share
	 group 2}
	crypto isakmp key ${KEY:-ciscokey} address $peer
	${LIFETIME:-!}
	crypto ipsec transform-set TRANSFORM ${TRANSFORMS:-esp-3des esp-sha-hmac}
	crypto map VPN 10 ipsec-isakmp
	 set peer $peer
	 set transform-set TRANSFORM
	${ENTRY:-!}
	 match address 100
	interface wan
	 ip address $me 255.255.255.0
	 crypto map VPN
	access-list 100 ${ACL:-permit ip $mine 0.0.0.255 $theirs 0.0.0.255}
	${EXTRA:-!}
	X
}
# swan_conf SIDE: strongSwan's for the same place. IKE, ESP: proposals; KEY; CONN, CHILD: lines for those sections
swan_conf() {
	local me=$GA peer=$GB mine=10.1.0.0/24 theirs=10.2.0.0/24
	[ "$1" = a ] || { me=$GB peer=$GA mine=10.2.0.0/24 theirs=10.1.0.0/24; }
	cat <<-X
	connections {
	  net2net {
	    version = 1
	    local_addrs = $me
	    remote_addrs = $peer
	    proposals = ${IKE:-3des-sha1-modp1024}
	    ${CONN:-}
	    local { auth = psk }
	    remote { auth = psk }
	    children { net {
	      local_ts = ${LOCAL_TS:-$mine}
	      remote_ts = ${REMOTE_TS:-$theirs}
	      esp_proposals = ${ESP:-3des-sha1}
	      ${CHILD:-}
	    } }
	  }
	}
	secrets { ike-1 {
	  id-a = $me
	  id-b = $peer
	  secret = "${KEY:-ciscokey}"
	} }
	X
}
# flow FROM TO ADDRESS COUNT RATE SIZE [TRAIN]: numbered packets between two namespaces; prints what came. 0 if all did, once
flow() {
	local port=$((20000 + RANDOM % 10000)) log
	log=$WORK/flow-$1-$2-$port
	ip netns exec "$2" "$HERE/flow.py" recv $port "$4" $((10 + 2 * $4 / $5)) > "$log" 2>&1 &
	local receiver=$!
	waitfor 60 grep -q ready "$log" || { cat "$log"; return 1; }
	ip netns exec "$1" "$HERE/flow.py" send "$3" $port "${@:4}" || return 1
	wait $receiver; local rc=$?
	grep -v ready "$log"
	return $rc
}
# state NS: our IKE SAs' states, one a line
state() { cmap -n "$1" show crypto isakmp sa | awk '!/deleted/ && /^[0-9]+\./ {print $3} !/deleted/ && /^ state:/ {print $2}'; }
# reason NS NAME: that drop counter of the namespace
reason() { cmap -n "$1" stats -v | awk -v name="$2" '$2 == name && NF == 2 {n = $1} END {print n + 0}'; }

# --- audit -------------------------------------------------------------------------------------------------------

# dmesg_clean: nothing in the kernel's log that a kernel developer would look at
dmesg_clean() {
	! dmesg | grep -v 'lockdep checking is enabled' | grep -A 24 -E 'WARNING|BUG|Oops|KASAN|UBSAN|possible (recursive|circular)|RCU stall|suspicious RCU|refcount|leaked|scheduling while atomic|unregister_netdevice: waiting|general protection|Call Trace'
}
# audit: what this test made is gone: daemons, SAs, maps, bindings, namespaces, the module; the kernel is silent
audit() {
	local name n left namespaces
	namespaces=$(ip netns list | cut -d' ' -f1)
	for name in "${!DAEMON[@]}"; do stop "$name"; ok $? "audit: $name ends when told to"; done
	if grep -q '^cryptomap ' /proc/modules; then
		for n in $namespaces; do
			left=$(cmap -n "$n" sa show; cmap -n "$n" link show; cmap -n "$n" map show)
			is "$left" "" "audit: no SA, map or binding is left in $n" ||
				{ cmap -n "$n" sa flush; for l in $(cmap -n "$n" -j link show | grep -o '"ifname": *"[^"]*"' | cut -d'"' -f4); do cmap -n "$n" link del dev "$l"; done; }
		done
	fi
	left=$(for n in $namespaces; do ip netns pids "$n"; done)
	is "${left:+$(ps -o pid=,args= -p $left)}" "" "audit: no process is left in a namespace"
	ip -all netns delete
	is "$(ip netns list)" "" "audit: no namespace is left"
	if grep -q '^cryptomap ' /proc/modules; then
		check "audit: the module unloads" rmmod cryptomap
	fi
	if [ -w /sys/kernel/debug/kmemleak ]; then
		echo scan > /sys/kernel/debug/kmemleak; echo scan > /sys/kernel/debug/kmemleak
		is "$(cat /sys/kernel/debug/kmemleak)" "" "audit: kmemleak finds nothing"
	fi
	check "audit: the kernel's log is clean" dmesg_clean
}
finish() {
	audit
	echo "1..$TAP_N"
	rm -rf "$WORK"
	exit $((TAP_FAILED != 0))
}
