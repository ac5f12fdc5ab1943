#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What `make demo` shows: hosts behind two gateways with a router between them; ours, with a pasted router
# configuration, on one side and strongSwan on the other.
. "$(dirname "$0")/lib.sh"
say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
run() { printf '\033[36m%s\033[0m\n' "$*"; "$@"; }
say "Hosts ha and hb behind gateways ga (ours) and gb (strongSwan), router r between them"
sed -n 's/^#   h/  h/p; s/^#   10/  10/p' "$HERE/lib.sh"
load_module; topology
# The pasted configuration calls its interfaces what the router calls them.
ip -n ga link property add dev wan altname FastEthernet4
ip -n ga link property add dev lan altname Vlan1
swan_conf b > "$WORK/b.conf"
charon_up gb "$WORK/b.conf"
say "The router's configuration, unchanged:"
grep -vE '^ *!?$' "$HERE/config/siteA.conf" | sed 's/^/  /'
ikemgr_up ga "$HERE/config/siteA.conf"
sed 's/^/  ikemgr: /' "$WORK/ikemgr-ga.log"
ip netns exec r tcpdump -i a -n -l -c 14 'not arp' > "$WORK/wire" 2> "$WORK/tcpdump.log" & dump=$!
waitfor 20 grep -q listening "$WORK/tcpdump.log"
say "A first ping starts the negotiation, and waits for it:"
run ns ha ping -c 5 -i 0.3 -W 28 $HB
say "Phase 1:"; run cmap -n ga show crypto isakmp sa
say "Phase 2:"; run cmap -n ga show crypto ipsec sa
say "Between the gateways: IKE, then ESP, and nothing in clear:"
waitfor 10 dead $dump; kill $dump 2>/dev/null; cat "$WORK/wire"
say "More packets move the counters:"
ns hb ping -q -c 20 -i 0.05 $HA | tail -2 | head -1
run cmap -n ga show crypto ipsec sa | grep '#pkts encaps\|#pkts decaps'
if grep -qE ' 10\.[12]\.0\.' "$WORK/wire"; then echo "CLEAR TEXT ON THE WIRE"; failed=1; fi
audit > "$WORK/audit" 2>&1
if grep '^not ok' "$WORK/audit"; then failed=1; else say "Everything is taken down again; nothing is left over."; fi
exit "${failed:-0}"
