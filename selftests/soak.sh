#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# usage: soak.sh [SECONDS]
# Not part of make check (make soak runs it, 30 minutes): a tunnel with strongSwan under traffic both ways, on a path that
# loses 2 % of all packets and reorders (by more than 64 packets, when the machine stands still for a moment); children live 20 s or 5 MB, the IKE SA 120 s; each daemon is restarted once. Each
# packet is accounted for: sent is received, or dropped by netem, or by the peer's kernel, by their counters. Memory and
# the number of SAs stay flat.
seconds=${1:-1800} LIMIT=$((seconds + 600))
. "$(dirname "$0")/lib.sh"
load_module
topology
modprobe -aq esp4 xfrm_user authenc sch_netem sch_prio cls_basic em_cmp cls_u32

# lossy INTERFACE: of r. ESP has a netem of its own, so that its counters are of the tunnel's packets alone.
lossy() {
	ns r tc qdisc add dev "$1" root handle 1: prio bands 3 priomap 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1
	ns r tc qdisc add dev "$1" parent 1:1 handle 10: netem loss 2% delay 30ms reorder 5% 50% limit 10000
	ns r tc qdisc add dev "$1" parent 1:2 handle 20: netem loss 2% delay 30ms reorder 5% 50% limit 10000
	ns r tc filter add dev "$1" parent 1: protocol ip prio 1 u32 match ip protocol 50 0xff flowid 1:1
}
lossy a && lossy b || bail "no netem"
# Clear packets of the hosts behind the peer: it has no policy while its daemon is away.
ns r nft -f - <<-N
	table ip t {
		chain c { type filter hook prerouting priority -300; ip saddr 10.0.0.0/8 counter drop; }
	}
N
POLICY=" encr aes
 authentication pre-share
 group 5
 lifetime 120" TRANSFORMS="esp-aes esp-sha-hmac" LIFETIME="crypto ipsec security-association lifetime kilobytes 4882
crypto ipsec security-association lifetime seconds 120" EXTRA="crypto isakmp keepalive 10 2 periodic
crypto ipsec security-association replay window-size 1024" ios_conf a > "$WORK/a.conf"
chmod 600 "$WORK/a.conf"
IKE=aes128-sha1-modp1536 ESP=aes128-sha1 CONN="reauth_time = 100s
over_time = 20s
rand_time = 10s
dpd_delay = 10s
dpd_timeout = 40s" CHILD="life_time = 20s
rekey_time = 15s
rand_time = 4s
replay_window = 1024
life_bytes = 5000000
rekey_bytes = 4500000
dpd_action = restart" swan_conf b > "$WORK/b.conf"
while IFS=$'\t' read -r rc text; do
	case $rc in
	0|1) ok "$rc" "$text";;
	*) echo "$rc${text:+	$text}";;
	esac
done < <(PYTHONDONTWRITEBYTECODE=1 "$HERE/soak.py" "$WORK" "$seconds" 2> "$WORK/soak.log" || echo "1	soak.py ended well")
[ ! -s "$WORK/soak.log" ] || show soak.py "$WORK/soak.log" 60
finish
