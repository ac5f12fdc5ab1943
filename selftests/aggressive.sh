#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# guest test: aggressive mode and identities with strongSwan, both roles: names, users, groups, IPv6, keyrings; what is refused, and what ike-scan gets
# not on the debug kernel: it is about programs
. "$(dirname "$0")/lib.sh"
load_module
topology6
# shellcheck disable=SC2034
CHARON_EXTRA="i_dont_care_about_security_and_use_aggressive_mode_psk = yes"
logs() { show ikemgr "$WORK/ikemgr-ga.log"; show debug "$WORK/debug.log" 80; charon_log gb | tail -n 40 | sed 's/^/#   /'; }
none_of() { [ -z "$(cmap -n "$1" sa show)" ]; }
swan_none() { ! swan gb -l | grep -q .; }

# them LOCAL-ID LINES: strongSwan's side, with the key for everybody
them() {
	IKE=aes128-sha1-modp1024 ESP=aes128-sha1 CONN=$2 swan_conf b |
		sed "s/local { auth = psk }/local {\n auth = psk\n id = $1\n }/; /id-[ab] = /d" > "$WORK/b.conf"
	[ -n "${DAEMON[charon-gb]:-}" ] || charon_up gb "$WORK/b.conf"
	swan gb --load-all --file "$WORK/b.conf" > "$WORK/load" 2>&1 || { show swanctl "$WORK/load"; bail "strongSwan does not load"; }
}
# us GLOBAL-LINES ENTRY-LINES [KEY-LINE]: our side; without a third one key for all
us() {
	[ -z "${DAEMON[ikemgr-ga]:-}" ] || { stop debug; stop ikemgr-ga; }
	POLICY=" encr aes
 authentication pre-share
 group 2" TRANSFORMS="esp-aes esp-sha-hmac" EXTRA=$1 ENTRY=$2 ios_conf a | sed "s/^crypto isakmp key .*/${3-crypto isakmp key ciscokey address 0.0.0.0}/; s/set peer .*/set peer ${PEER:-$GB}/" > "$WORK/a.conf"
	ikemgr_up ga "$WORK/a.conf"
	start debug ga cmap debug crypto isakmp; waitfor 20 subscribed ga
}
debugged() { waitfor 10 grep -qE -- "$1" "$WORK/debug.log"; }
begin() { # TEXT: we begin
	like "$(ns ha ping -c 3 -i 0.2 -W 20 $HB)" ' 3 received' "$1, we begin: 3 pings" || logs
	is "$(state ga)" QM_IDLE "$1, we begin: QM_IDLE"
	check "$1: clear crypto session" cmap -n ga clear crypto session
	check "$1: strongSwan has nothing left" waitfor 20 swan_none
}
answer() { # TEXT: strongSwan begins
	check "$1, we answer: strongSwan brings it up" swan gb --initiate --child net --timeout 20 || logs
	like "$(ns hb ping -c 3 -i 0.2 -W 20 $HA)" ' 3 received' "$1, we answer: 3 pings"
	is "$(state ga)" QM_IDLE "$1, we answer: QM_IDLE"
}
over() { check "$1: strongSwan ends it" swan gb --terminate --ike net2net; check "$1: nothing is left here" waitfor 20 none_of ga; }

PROFILE="ip domain name example.net
crypto isakmp profile P
   self-identity fqdn
   match identity host gwb.example.net"
note "aggressive mode, host names"
them gwb.example.net "aggressive = yes"
us "$PROFILE
   initiate mode aggressive" " set isakmp-profile P"
begin "aggressive mode"
like "$(cat "$WORK/debug.log")" 'beginning Aggressive Mode exchange' "aggressive mode: debug says so"
like "$(cat "$WORK/debug.log")" 'Old State = IKE_READY  New State = IKE_I_AM1' "aggressive mode: the initiator's states"
like "$(cat "$WORK/debug.log")" '\(I\) AG_INIT_EXCH' "aggressive mode: AG_INIT_EXCH"
like "$(cat "$WORK/debug.log")" 'FQDN name    : gwb.example.net' "aggressive mode: the peer's name"
like "$(cat "$WORK/debug.log")" 'peer matches P profile' "aggressive mode: and its profile"
unlike "$(cat "$WORK/debug.log")" 'trying Main mode' "aggressive mode: main mode is not tried"
check "refused unless allowed: strongSwan begins in vain" eval '! swan gb --initiate --child net --timeout 4'
check "refused unless allowed: its cause is logged" debugged 'IKMP_AG_MODE_DISABLED: Unable to initiate or respond to Aggressive Mode while disabled'
like "$(charon_log gb)" 'received \(29\) error notify|N\(\(29\)\)' "refused unless allowed: strongSwan is told (29: UNSUPPORTED-EXCHANGE-TYPE)" || charon_log gb | tail -n 15 | sed 's/^/#   /'
is "$(state ga)" "" "refused unless allowed: there is no SA"
swan gb --terminate --ike net2net > /dev/null 2>&1
us "no crypto isakmp aggressive-mode disable
$PROFILE
   keyring K
crypto keyring K
  pre-shared-key hostname gwb.example.net key ciscokey" " set isakmp-profile P" "crypto isakmp key wrong address 0.0.0.0"
like "$(ikemgr -t "$WORK/a.conf" 2>&1)" 'warning: aggressive mode is answered: .*offline' "ikemgr -t names the risk"
answer "aggressive mode, key by host name"
like "$(cat "$WORK/debug.log")" 'Found HOST key in keyring K' "aggressive mode, we answer: the key is found by name"
like "$(cat "$WORK/debug.log")" 'Old State = IKE_R_AM2  New State = IKE_P1_COMPLETE' "aggressive mode, we answer: the responder's states"
over "aggressive mode"

note "what somebody gets who only asks"
stop charon-gb
start tcpdump r tcpdump -Unnli b udp port 500; waitfor 30 grep -q listening "$WORK/tcpdump.log"
scan() { ns gb timeout 20 ike-scan -A -M --sport=0 --retry=1 --timeout=3000 --id=gwb.example.net --trans=7/128,2,1,2 --dhgroup=2 $GA 2>&1; }
out=$(scan)
like "$out" 'Aggressive Mode Handshake returned' "ike-scan: answered where it is allowed" || { echo "$out" | sed 's/^/#   /'; logs; }
is "$(grep -cE "IP $GA\.500 > " "$WORK/tcpdump.log")" 1 "ike-scan: one answer to one question"
like "$(cmap -n ga show crypto isakmp sa)" 'AG_INIT_EXCH' "ike-scan: show crypto isakmp sa says AG_INIT_EXCH"
us "" "" "crypto isakmp key ciscokey address $GB"
out=$(scan)
unlike "$out" 'Handshake returned' "ike-scan: no handshake where it is not allowed"
like "$out" 'Notify message 29' "ike-scan: a peer with a key here hears why" || echo "$out" | sed 's/^/#   /'
us "" "" "crypto isakmp key ciscokey address 203.0.113.1"
out=$(scan)
like "$out" '0 returned handshake; 0 returned notify' "ike-scan: a stranger hears nothing" || echo "$out" | sed 's/^/#   /'
stop tcpdump

note "main mode, a user and a group"
them joe@example.net ""
us "crypto isakmp identity hostname
crypto isakmp profile Q
   match identity group siteb
crypto isakmp profile P
   match identity user domain example.net" " set isakmp-profile P"
begin "main mode, user FQDN"
answer "main mode, user FQDN"
like "$(cat "$WORK/debug.log")" 'USER FQDN    : joe@example.net' "main mode: the user's name"
like "$(cat "$WORK/debug.log")" 'trying Main mode' "main mode: aggressive mode was not configured, says debug"
like "$(swan gb -l)" "remote 'gwa' @ $GA" "main mode: our name is our host name"
over "main mode, user FQDN"
them "keyid:siteb" ""
us "crypto isakmp profile P
   match identity group siteb" " set isakmp-profile P"
answer "main mode, key id"
like "$(cat "$WORK/debug.log")" 'group id     : siteb' "main mode: the group's name"
over "main mode, key id"
us "crypto isakmp profile P
   match identity host other.example.net" " set isakmp-profile P"
ns ha ping -c 1 -W 1 $HB > /dev/null
check "a wrong identity: its cause is in debug" debugged 'peer matches \*none\* of the profiles'
check "a wrong identity: and what follows from it" debugged 'FSM action returned error: 2'
check "a wrong identity: and in the log" debugged 'IKMP_MODE_FAILURE: Processing of Main mode failed with peer at 198.51.100.1'
is "$(cmap -n ga sa show)" "" "a wrong identity: nothing is installed"
is "$(state ga)" "" "a wrong identity: and there is no IKE SA"

note "local-address: of an interface whose address the file does not tell"
swan gb --terminate --ike net2net > /dev/null 2>&1
them $GB ""
dhcp() { # INTERFACE: what is limited to it
	us "crypto keyring K
  local-address $1
  pre-shared-key address $GB key ciscokey
crypto isakmp profile P
   keyring K
   match identity address $GB 255.255.255.255
   local-address $1
interface wan
 no ip address" " set isakmp-profile P" ""
}
dhcp wan
begin "local-address wan"
answer "local-address wan"
like "$(cat "$WORK/debug.log")" 'peer matches P profile' "local-address wan: the profile is for the address that wan has"
over "local-address wan"
dhcp Dialer1
ns ha ping -c 1 -W 1 $HB > /dev/null
like "$(cat "$WORK/ikemgr-ga.log")" 'local-address Dialer1: there is no such interface' "local-address Dialer1: the log says that there is none"
check "local-address Dialer1: and there is no key" debugged 'No pre-shared key with 198.51.100.1'
is "$(cmap -n ga sa show)" "" "local-address Dialer1: nothing is installed"
check "local-address Dialer1: strongSwan asks in vain" eval '! swan gb --initiate --child net --timeout 4'

note "IPv6: key by prefix, identity by address"
swan gb --terminate --ike net2net > /dev/null 2>&1
IKE=aes128-sha1-modp1024 ESP=aes128-sha1 swan_conf b | sed "s/$GA/$GA6/; s/$GB/$GB6/; /id-[ab] = /d" > "$WORK/b.conf"
swan gb --load-all --file "$WORK/b.conf" > /dev/null 2>&1
PEER=$GB6 us "crypto keyring K6
  pre-shared-key address ipv6 ::/0 key wrong
  pre-shared-key address ipv6 2001:db8:b::/48 key ciscokey
crypto isakmp profile P
   keyring K6
   match identity address ipv6 $GB6/128
interface wan
 ipv6 address $GA6/64" " set isakmp-profile P" ""
begin "IPv6"
answer "IPv6"
like "$(cat "$WORK/debug.log")" 'Found ADDRESS key in keyring K6' "IPv6: the longest prefix of the keyring"
like "$(cat "$WORK/debug.log")" 'peer matches P profile' "IPv6: and the profile"
over "IPv6"
stop debug
finish
