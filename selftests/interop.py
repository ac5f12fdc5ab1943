#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: interop.py FOLDER all|cover [TEXT] < ROWS	TEXT: only rows that contain it

ikemgr in ga against strongSwan in gb and Libreswan in gc, in interop.sh's topology, both as initiator and as responder. A row is

    PEERS CASE IKE CHILD [OPTION...]

PEERS: strongswan, libreswan, both; CASE: what the row shows, a word of CASES; IKE: aes128-sha1-14 (encryption, hash, group);
CHILD: aes128+sha1, gcm128, gmac256, null+sha1, ah-sha1. OPTIONS: pfs=GROUP; first=us, first=them: not the other way round;
outer6, inner6; transport; subnets=N; selector=udp/5001; nat=us, nat=them, nat=both; drafts: Libreswan speaks NAT traversal's
drafts alone; esn; aggressive; dynamic: our entry is a template; slow: not in a cover;
ike-life=SECONDS of our policy, whose suite no other row may have; their-ike, their-child: the peer's, where they differ;
swan-ike=LINE, swan-child=LINE, libreswan=LINE: a line of that peer's configuration.

Each row brings its tunnel up with one side as initiator, carries numbered packets both ways, does what its case asks, and ends
with all SAs gone on both sides. Prints for each: 0, 1 or skip, a tab, its name; lines that begin with "#" are for the reader.

With "cover" not all rows are run, but so many that each algorithm, and with each peer each case and option has its turn.
"""
import concurrent.futures
import ctypes
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

from interop_peers import COMBINED, HASH, KEY, Charon, Daemon, Failed, Pluto, run, waitfor

libc = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000
PORT = 5001
PACKETS = 5
# A router's offer of all policies of a batch stays within one datagram.
POLICIES = 8
AT_ONCE, WAITING_AT_ONCE = 3, 4
# What the router in between calls a gateway that it hides: see nat()
NAT_OURS = {"gb": "198.51.100.254", "gc": "203.0.113.254"}
IOS_ENCRYPTION = {"des": "des", "3des": "3des", "aes128": "aes", "aes192": "aes 192", "aes256": "aes 256"}
IOS_HASH = {"md5": "md5", "sha1": "sha", "sha256": "sha256", "sha384": "sha384", "sha512": "sha512"}
IOS_ESP = {"des": "esp-des", "3des": "esp-3des", "aes128": "esp-aes", "aes192": "esp-aes 192", "aes256": "esp-aes 256", "null": "esp-null",
           "gcm128": "esp-gcm", "gcm192": "esp-gcm 192", "gcm256": "esp-gcm 256", "gmac128": "esp-gmac", "gmac256": "esp-gmac 256"}

# Options that a row's name does not tell
HIDDEN = ("first", "slow", "swan-ike", "swan-child", "libreswan")

output = threading.Lock()


def say(text):
    with output:
        print(text, flush=True)


def enter(ns):
    """This thread, and sockets it makes from now on"""
    fd = os.open(f"/run/netns/{ns}", os.O_RDONLY)
    if libc.setns(fd, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), ns)
    os.close(fd)


def wildcard(network):
    """10.1.5.0/24 as an access list has it"""
    if "/" not in network:
        return f"host {network}"
    address, prefix = network.split("/")
    if ":" in address:
        return network if prefix != "128" else f"host {address}"
    bits = (1 << (32 - int(prefix))) - 1
    return f"host {address}" if not bits else f"{address} " + ".".join(str(bits >> s & 255) for s in (24, 16, 8, 0))


class Row:
    """One line of the table with one initiator. @number is its own, and so are its addresses."""

    def __init__(self, number, peer, first, words):
        self.number, self.peer, self.first = number, peer, first
        self.mark = 0
        self.case, self.ike, self.esp, *rest = words
        self.options = [word.split("=", 1)[0] for word in rest]
        self.values = {}
        for word in rest:
            self.values.setdefault(word.split("=", 1)[0], []).append(word.split("=", 1)[-1])
        # Numbers are bytes of addresses; the place in the crypto map is of its own.
        self.sequence = number if peer == "strongswan" else 1000 + number
        self.name = f"r{self.sequence}"
        self.pfs = self.value("pfs")
        self.mode = "transport" if "transport" in self.options else "tunnel"
        self.nat = self.value("nat")
        self.selector = tuple(self.value("selector").split("/")) if self.value("selector") else None
        self.esn = "-esn" if "esn" in self.options else ""
        self.key = "anotherkey" if self.case == "wrong-key" else KEY
        self.their_ike, self.their_esp = self.value("their-ike") or self.ike, self.value("their-child") or self.esp
        self.ns = {"strongswan": "gb", "libreswan": "gc"}[peer]
        near, here, far = {"gb": (198, 1, 2), "gc": (203, 65, 3)}[self.ns]
        if "outer6" in self.options:
            self.our_id = "2001:db8:a::1"
            self.theirs = f"2001:db8:{'b' if near == 198 else 'c'}::1:{number:x}"
        else:
            self.our_id = "192.0.2.1"
            self.theirs = f"198.51.100.{number}" if near == 198 else f"203.0.113.{number}"
        # What the other side sees of a gateway
        self.seen_as = NAT_OURS[self.ns] if self.nat in ("us", "both") else self.our_id
        self.peer_seen_as = (f"192.0.2.{number}" if near == 198 else f"192.0.3.{number}") if self.nat in ("them", "both") else self.theirs
        if self.mode == "transport":
            self.inside = [(self.our_id, self.theirs)]
        elif "inner6" in self.options:
            self.inside = [(f"2001:db8:1:{self.sequence:x}::2", f"2001:db8:{far}:{number:x}::2")]
        else:
            self.inside = [(f"10.{here}.{number}.2", f"10.{far}.{number}.{2 + 64 * i}") for i in range(int(self.value("subnets") or 1))]

    def value(self, option):
        return self.values.get(option, [None])[0]

    def title(self):
        shown = [w for o, vs in self.values.items() for v in vs if o not in HIDDEN
                 for w in [o if v == o else f"{o}={v}"]]
        return f"{PEERS[self.peer].NAME}, {'we initiate' if self.first == 'us' else 'it initiates'}: " + " ".join([self.case, self.ike, self.esp, *shown])

    def lines(self, option):
        """Of a peer's configuration"""
        return ["        " + line for line in self.values.get(option, [])]

    def network(self, address):
        if self.mode == "transport":
            return address
        if ":" in address:
            return address[:-1] + "/64"
        octets = address.split(".")
        host = int(octets[3])
        return ".".join(octets[:3]) + (f".{host - 2}/26" if len(self.inside) > 1 and octets[1] in "23" else ".0/24")

    def subnets(self):
        """(name, our side, the peer's), with the peer's words for ports"""
        for i, (mine, theirs) in enumerate(self.inside):
            ports = (f"[{self.selector[0]}]", f"[{self.selector[0]}/{self.selector[1]}]") if self.selector else ("", "")
            if self.mode == "transport" and not self.selector:
                ports = ("", "")
            networks = self.network(mine), self.network(theirs)
            if self.case == "wrong-networks":
                networks = networks[0], networks[1].replace(".2.", ".22.", 1).replace(".3.", ".33.", 1)
            yield self.name + (f"-{i + 1}" if i else ""), networks[0] + ports[0], networks[1] + ports[1]

    # --- our configuration

    def transforms(self):
        if self.esp.startswith("ah-"):
            return f"ah-{IOS_HASH[self.esp[3:]]}-hmac"
        if self.esp in COMBINED:
            return IOS_ESP[self.esp]
        cipher, auth = self.esp.split("+")
        return f"{IOS_ESP[cipher]} esp-{IOS_HASH[auth]}-hmac"

    def transform_shown(self):
        return re.sub(r"esp-aes (\d+)", r"esp-\1-aes", self.transforms())

    def extra(self):
        """Global lines that its case needs"""
        if self.case == "dpd-ours" or self.case == "crash-theirs" and self.first == "us":
            return ("crypto isakmp keepalive 10 2 periodic",)
        if "aggressive" in self.options:
            return ("no crypto isakmp aggressive-mode disable",)
        # A template takes every peer that no other entry is for.
        return ("! dynamic",) if "dynamic" in self.options else ()

    def entry(self):
        v6 = ":" in self.inside[0][0]
        protocol, port = self.selector or ("ipv6" if v6 else "ip", None)
        rules = [f" permit {protocol} {wildcard(self.network(a))} {wildcard(self.network(b))}" + (f" eq {port}" if port else "")
                 for a, b in self.inside]
        transforms = [f"crypto ipsec transform-set T{self.sequence} {self.transforms()}", f" mode {self.mode}", *([" esn"] if self.esn else [])]
        if "dynamic" in self.options:
            return "\n".join([*transforms, f"crypto dynamic-map D{self.sequence} 10", f" set transform-set T{self.sequence}",
                              f"crypto map VPN {60000 + self.sequence} ipsec-isakmp dynamic D{self.sequence}"])
        aggressive = [f"crypto isakmp profile P{self.sequence}", f" match identity address {self.theirs} 255.255.255.255",
                      " initiate mode aggressive"] if "aggressive" in self.options else []
        return "\n".join([
            *transforms, *aggressive,
            f"crypto map {'ipv6 ' if v6 else ''}VPN {self.sequence} ipsec-isakmp",
            f" set peer {self.peer_seen_as}",
            f" set transform-set T{self.sequence}",
            *([f" set pfs group{self.pfs}"] if self.pfs else []),
            *([f" set isakmp-profile P{self.sequence}"] if aggressive else []),
            f" match address L{self.sequence}",
            f"{'ipv6 access-list' if v6 else 'ip access-list extended'} L{self.sequence}", *rules])

    # --- what is there now

    def ike_sas(self):
        rc, out = run(["cmap", "-n", "ga", "-j", "show", "crypto", "isakmp", "sa"])
        if rc:
            raise Failed(f"cmap show crypto isakmp sa: {out}")
        return [sa for sa in json.loads(out) if not sa["deleted"] and sa["peer"] == self.peer_seen_as]

    def idents(self):
        rc, out = run(["cmap", "-n", "ga", "-j", "show", "crypto", "ipsec", "sa", "peer", self.peer_seen_as])
        if rc:
            raise Failed(f"cmap show crypto ipsec sa: {out}")
        return [ident for block in json.loads(out) for ident in block["idents"]]

    def sas(self):
        return [sa for ident in self.idents() for sa in ident["sas"]]

    def our_spis(self):
        return {sa["spi"] for sa in self.sas() if sa["dir"] == "in" and sa["state"] != "old"}

    def quiet(self):
        left = [sa["state"] for sa in self.ike_sas()] + [f"SPI {sa['spi']:#x} ({sa['state']})" for sa in self.sas()]
        return not left or f"left here: {', '.join(left)}"

    def up_here(self):
        sas = [sa for sa in self.ike_sas() if sa["state"] == "QM_IDLE"]
        return bool(sas) and all(ident["sas"] for ident in self.idents()) or "no QM_IDLE, or an entry without SAs"

    # --- what each row does

    def carry(self, first_wait=30):
        """Numbered packets from our side to the peer's, and back, through each pair of subnets"""
        for mine, theirs in self.inside:
            with Ends(self, mine, theirs) as ends:
                if self.first == "us":
                    ends.carry(True, PACKETS, first_wait)
                    ends.carry(False, PACKETS, 10)
                else:
                    ends.carry(False, PACKETS, first_wait)
                    ends.carry(True, PACKETS, 10)

    def up(self):
        if self.first == "them":
            for name, _, _ in self.subnets():
                good, why = PEERS[self.peer].initiate(self, name)
                if not good:
                    raise Failed(f"{PEERS[self.peer].NAME} does not bring it up: {why.strip().splitlines()[-1:]}")
        self.carry()
        waitfor(20, "up on our side", self.up_here)
        waitfor(20, f"up for {PEERS[self.peer].NAME}", lambda: PEERS[self.peer].established(self))

    def agreed(self):
        """What we say about it is what was configured."""
        enc, hashed, group = self.ike.split("-")
        sa = next(sa for sa in self.ike_sas() if sa["state"] == "QM_IDLE")
        got = (sa["encryption"], sa["hash"], str(sa["group"]), sa["role"], sa["natt"])
        want = (IOS_ENCRYPTION[enc], IOS_HASH[hashed], group, "I" if self.first == "us" else "R", bool(self.nat))
        if got != want:
            raise Failed(f"phase 1 is {got}, not {want}")
        if "drafts" in self.options and sa["natt_form"] not in ("02", "03"):
            raise Failed(f"NAT traversal is {sa['natt_form']}'s")
        for ident in self.idents():
            got = {(sa["transform"], sa["mode"]) for sa in ident["sas"]}
            want = {(self.transform_shown(), self.mode.capitalize() + (" UDP-Encaps" if self.nat else ""))}
            if {sa.get("esn", False) for sa in ident["sas"]} != {bool(self.esn)}:
                raise Failed(f"extended sequence numbers: {[sa.get('esn') for sa in ident['sas']]}")
            if got != want or ident["pfs_group"] != int(self.pfs or 0):
                raise Failed(f"phase 2 is {got} with PFS group {ident['pfs_group']}, not {want}")
            if (ident["out_packets"], ident["in_packets"]) != (PACKETS, PACKETS):
                raise Failed(f"{ident['out_packets']} packets out and {ident['in_packets']} in were counted, not {PACKETS}")

    def down(self, by):
        peer = PEERS[self.peer]
        if by == "us":
            old = peer.spis(self)
            run(["cmap", "-n", "ga", "clear", "crypto", "session", "remote", self.peer_seen_as])
            if self.first == "them" and self.peer == "libreswan":
                # What it was told to bring up it brings up again, if its SAs did not end by themselves: once for each of them, also
                # when it is then told to end it.
                waitfor(20, "our delete has taken its SAs away", lambda: not peer.spis(self) & old or f"it still has {old}")
                waitfor(20, "nothing of them is left, or they are new", lambda: peer.gone(self) is True or peer.established(self))
                peer.forget(self)
        else:
            peer.terminate(self)
        waitfor(20, "no SA is left here", self.quiet)
        waitfor(20, f"no SA is left with {peer.NAME}", lambda: peer.gone(self))

    def kernels(self):
        """What they say about it"""
        out = []
        for command in (["cmap", "-n", "ga", "stats", "-v"], ["cmap", "-n", "ga", "sa", "show", "peer", self.peer_seen_as],
                        ["ip", "netns", "exec", self.ns, "sh", "-c", "grep -v '[[:space:]]0$' /proc/net/xfrm_stat"],
                        ["ip", "-n", self.ns, "xfrm", "policy", "show", "src", self.network(self.inside[0][1])],
                        ["ip", "-n", self.ns, "-s", "xfrm", "state", "show", "src", self.theirs],
                        ["ip", "-n", self.ns, "route", "get", self.inside[0][0], "from", self.inside[0][1]]):
            out += [f"{' '.join(command[:6])}:", *run(command)[1].splitlines()]
        for ns in ("ha", "ga", "r", self.ns):
            _, counted = run(["ip", "netns", "exec", ns, "nstat", "-asz"])
            bad = re.findall(r"^(\S*(?:Discard|NoRoute|Error|Unreach|TimeExc|Fail|Truncated|Oth|Mcast)\S*)\s+([1-9]\d*)", counted, re.M)
            out += [f"{ns}: " + ", ".join(f"{name} {n}" for name, n in bad), *run(["ip", "-n", ns, "neigh"])[1].splitlines()]
        return out

    def run(self):
        peer = PEERS[self.peer]
        reason = peer.unsupported(self)
        if reason:
            say(f"skip\t{self.title()}\t{reason}")
            return
        if not peer.alive():
            say(f"# {peer.NAME} has ended by itself, and is started again")
            peer.start()
        self.mark, theirs = DEBUG.log_size(), peer.log_size()
        begin, title = time.monotonic(), self.title()
        try:
            CASES[self.case](self)
            say(f"0\t{title}")
        except (Failed, OSError, KeyError, StopIteration) as e:
            say("\n".join([f"1\t{title}: {type(e).__name__ if not isinstance(e, Failed) else ''}{e}",
                           *("#   " + line for line in debug_lines(self, self.mark) + self.kernels()), f"# {peer.NAME}:",
                           *("#   " + line for line in (peer.log(self, theirs) if peer.alive() else ["it has ended:", *peer.log_since(0)[-60:]]))]))
            run(["cmap", "-n", "ga", "clear", "crypto", "session", "remote", self.peer_seen_as])
            peer.terminate(self)
        say(f"# {self.name} {time.monotonic() - begin:.1f} s")


class Ends:
    """A socket on each side, to send and to listen"""

    def __init__(self, row, mine, theirs):
        self.row = row
        # In transport mode rows share our address.
        self.mine = self.socket("ga" if row.mode == "transport" else "ha", mine, 20000 + row.sequence)
        self.theirs = self.socket(row.ns, theirs, PORT)

    @staticmethod
    def socket(ns, address, port):
        enter(ns)
        s = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind((address, port))
        return s

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.mine.close()
        self.theirs.close()

    def carry(self, out, count, first_wait):
        """@count packets one way: each must come as it went. The first may wait for a negotiation."""
        source, sink = (self.mine, self.theirs) if out else (self.theirs, self.mine)
        for i in range(count):
            data = f"{self.row.name} {out} {i}".encode() * 20
            source.sendto(data, sink.getsockname()[:2])
            sink.settimeout(10 if i else first_wait)
            try:
                got, came_from = sink.recvfrom(65536)
            except socket.timeout:
                raise Failed(f"packet {i + 1} of {count} {'to' if out else 'from'} the peer did not arrive") from None
            if got != data or came_from[:2] != source.getsockname()[:2]:
                raise Failed(f"packet {i + 1} of {count} {'to' if out else 'from'} the peer arrived otherwise than it went")


class Flow:
    """Numbered packets in both directions, at a rate, until they are stopped: none may be lost"""

    def __init__(self, row, rate=25, size=200):
        self.row, self.rate, self.size = row, rate, size
        self.ends = Ends(row, *row.inside[0])
        self.over = threading.Event()
        self.sent, self.seen = [0, 0], [set(), set()]
        self.threads = [threading.Thread(target=work, args=(way,)) for way in (0, 1) for work in (self.send, self.receive)]
        for t in self.threads:
            t.start()

    def send(self, way):
        source, sink = (self.ends.mine, self.ends.theirs) if way == 0 else (self.ends.theirs, self.ends.mine)
        to = sink.getsockname()[:2]
        while not self.over.wait(1 / self.rate):
            source.sendto(self.sent[way].to_bytes(8, "big") * (self.size // 8), to)
            self.sent[way] += 1

    def receive(self, way):
        sink = (self.ends.theirs, self.ends.mine)[way]
        sink.settimeout(0.5)
        idle = 0
        while idle < 10:
            try:
                self.seen[way].add(int.from_bytes(sink.recv(65536)[:8], "big"))
                idle = 0
            except socket.timeout:
                idle += self.over.is_set()

    def stop(self):
        """Packets lost: out, in"""
        self.over.set()
        for t in self.threads:
            t.join()
        self.ends.__exit__()
        return [self.sent[way] - len(self.seen[way]) for way in (0, 1)]


# --- cases: what a row does

def tunnel(row):
    """Up, packets both ways, down: whoever did not begin ends it (with Libreswan, whoever began: it begins again)"""
    row.up()
    row.agreed()
    other = "them" if row.first == "us" else "us"
    row.down(other if row.peer == "strongswan" else row.first)


def delete(row):
    """The other side ends it than in other rows."""
    row.up()
    row.down(row.first if row.peer == "strongswan" else "them" if row.first == "us" else "us")


def xfrm_lost(row):
    """Packets that the peer's kernel says it dropped because the peer had just deleted their SA"""
    _, out = run(["ip", "netns", "exec", row.ns, "cat", "/proc/net/xfrm_stat"])
    return sum(int(line.split()[1]) for line in out.splitlines() if line.startswith("XfrmOutStateInvalid"))


def rekey(row, rate=25, size=200):
    """SAs are made anew, twice, under packets both ways, of which none is lost. Who does it is for the peer's lifetimes to say. A
    peer that never does it deletes what we have made when its own lifetime ends, of which it has told only once."""
    row.up()
    before, lost_there = row.our_spis(), xfrm_lost(row)
    flow = Flow(row, rate, size)
    try:
        for _ in range(2):
            waitfor(100, "new SPIs", lambda: bool(row.our_spis() - before) or f"still {before}")
            before = row.our_spis()
    finally:
        lost = flow.stop()
    theirs = xfrm_lost(row) - lost_there
    if lost[0] or lost[1] > theirs:
        raise Failed(f"{lost[0]} of {flow.sent[0]} packets out and {lost[1]} of {flow.sent[1]} in were lost; the peer's XFRM dropped {theirs}")
    say(f"# {row.name}: {flow.sent} packets out and in, lost {lost}, {theirs} of them by the peer's XFRM, which says so")
    row.down("them")


def rekey_volume(row):
    rekey(row, 50, 1000)


def renew(row):
    """The IKE SA is made anew under packets both ways, of which none is lost; the children stay, unless the peer makes them anew."""
    row.up()
    before, lost_there = {sa["conn_id"] for sa in row.ike_sas()}, xfrm_lost(row)
    flow = Flow(row)
    try:
        waitfor(100, "a new IKE SA", lambda: bool({sa["conn_id"] for sa in row.ike_sas() if sa["state"] == "QM_IDLE"} - before))
        waitfor(60, "the old one is gone", lambda: not {sa["conn_id"] for sa in row.ike_sas()} & before)
    finally:
        lost = flow.stop()
    theirs = xfrm_lost(row) - lost_there
    if lost[0] or lost[1] > theirs:
        raise Failed(f"{lost[0]} of {flow.sent[0]} packets out and {lost[1]} of {flow.sent[1]} in were lost; the peer's XFRM dropped {theirs}")
    row.carry()
    row.down("us")


def cut(row, on):
    """The way to the peer is broken, both ways, or whole again."""
    nft("r", f"{'add' if on else 'delete'} element ip cut gone {{ {row.theirs} }}\n")


def dpd_ours(row):
    """The way is cut: we find the peer dead, and nothing is left. Healed: the next packets bring a new tunnel up."""
    row.up()
    cut(row, True)
    try:
        waitfor(90, "we find the peer dead", row.quiet)
    finally:
        cut(row, False)
    if row.first == "them":
        PEERS[row.peer].terminate(row)
    row.up()
    row.down("them")


def by_new_pair(row):
    """A peer that has lost the old tunnel has a new one: until its last message is here, we send by the old one."""
    def by_it():
        theirs = {int(spi, 16) for spi in PEERS[row.peer].spis(row)}
        return any(sa["dir"] == "out" and sa["state"] == "active" and sa["spi"] in theirs for sa in row.sas())
    waitfor(20, "we send by the new pair", by_it)


def dpd_theirs(row):
    """The way is cut until the peer has found us dead. Healed: a new tunnel, and nothing of the old one is left."""
    peer = PEERS[row.peer]
    row.up()
    old = peer.spis(row)
    cut(row, True)
    try:
        waitfor(90, "the peer finds us dead", lambda: not peer.spis(row) & old or f"it still has {old}")
    finally:
        cut(row, False)
    # "clear": somebody brings it up again. "restart", and with Libreswan what it was told to bring up: it does so itself.
    if row.case == "dpd-clear" and not (row.first == "them" and row.peer == "libreswan"):
        good, why = peer.initiate(row)
        if not good:
            raise Failed(f"it does not bring it up again: {why}")
    waitfor(90, "the peer has brought it up again", lambda: peer.established(row))
    row.first = "them"
    by_new_pair(row)
    row.carry()
    waitfor(30, "one pair of SAs", lambda: len(row.our_spis()) == 1 or f"{row.our_spis()}")
    # The IKE SA that the peer has forgotten without a word goes with the others here: we look at no peer by ourselves.
    row.down("us")


def traffic_again(row, seconds):
    """How many packets it takes until one arrives, one a second"""
    deadline, tries = time.monotonic() + seconds, 0
    while time.monotonic() < deadline:
        tries += 1
        try:
            with Ends(row, *row.inside[0]) as ends:
                ends.carry(True, 1, 1)
            return tries
        except Failed:
            continue
    raise Failed(f"no packet arrives within {seconds} s")


def restart_theirs(row):
    """The peer's daemon ends and comes again."""
    peer = PEERS[row.peer]
    row.up()
    peer.stop()
    waitfor(20, "its deletes are heard", row.quiet)
    peer.start()
    row.up()
    row.down("us")


def crash_theirs(row):
    """The peer's machine falls over. When it is back, traffic finds a way, whoever sends first."""
    peer = PEERS[row.peer]
    row.up()
    peer.crash()
    peer.start()
    if row.first == "us":
        say(f"# {row.name}: {traffic_again(row, 90)} packets were sent, one a second, until one arrived")
    else:
        good, why = peer.initiate(row)
        if not good:
            raise Failed(f"it does not bring it up again: {why}")
        by_new_pair(row)
    row.carry()
    row.down("us")


def restart_ours(row):
    """ikemgr ends, which the peer is told, and comes again."""
    peer = PEERS[row.peer]
    row.up()
    old = peer.spis(row)
    OURS.stop()
    waitfor(20, "our deletes are heard", lambda: not peer.spis(row) & old or f"it still has {old}")
    OURS.start()
    if row.first == "them" and row.peer == "libreswan":
        waitfor(90, "it brings up again what it was told to", lambda: peer.established(row))
        row.carry()
    else:
        row.up()
    row.down("us")


def crash_ours(row):
    """ikemgr is killed: the kernel goes on. When it is back, traffic flows."""
    row.up()
    OURS.kill()
    row.carry()
    OURS.start()
    say(f"# {row.name}: {traffic_again(row, 60)} packets were sent, one a second, until one arrived")
    waitfor(60, "there is an IKE SA again", lambda: any(sa["state"] == "QM_IDLE" for sa in row.ike_sas()))
    row.carry()
    row.down("us")


# What a router's debug says, in lines that name the peer or its SA; by who began
WHY = {
    "wrong-key": {"us": r"retransmitting phase 1 MM_KEY_EXCH|PAYLOAD_MALFORMED|INVALID_", "them": "IKMP_BAD_MESSAGE: IKE message from {peer} "},
    "wrong-policy": {"us": "IKMP_MODE_FAILURE: Processing of Informational mode failed with peer at {peer}", "them": r"phase 1 SA policy not acceptable! \(local \S+ remote {peer}\)"},
    "wrong-transform": {"us": "NOTIFY PROPOSAL_NOT_CHOSEN protocol [13]", "them": "IPSec policy invalidated proposal with error 256"},
    "wrong-networks": {"us": "processing NOTIFY (INVALID_ID|PROPOSAL_NOT_CHOSEN)", "them": "IPSec policy invalidated proposal with error 32"},
}


def refused(row):
    """Both sides do not fit: no SA, and the debug says why."""
    mark, found = DEBUG.log_size(), re.compile(WHY[row.case][row.first].replace("{peer}", re.escape(row.peer_seen_as)))
    if row.first == "us":
        ends = Ends(row, *row.inside[0])
        ends.mine.sendto(b"refused", ends.theirs.getsockname()[:2])
        ends.__exit__()
    else:
        good, _ = PEERS[row.peer].initiate(row, seconds=5)
        if good:
            raise Failed("it came up")
    waitfor(40, f"debug says {found.pattern}", lambda: any(found.search(line) for line in debug_lines(row, mark)))
    if row.sas():
        raise Failed("there are SAs")
    run(["cmap", "-n", "ga", "clear", "crypto", "session", "remote", row.peer_seen_as])
    PEERS[row.peer].terminate(row)


CASES = {"tunnel": tunnel, "compress": tunnel, "delete": delete, "rekey-ours": rekey, "rekey-theirs": rekey, "rekey-bytes-ours": rekey_volume,
         "rekey-bytes-theirs": rekey_volume, "rekey-packets-theirs": rekey_volume, "renew-ours": renew, "renew-theirs": renew,
         "dpd-ours": dpd_ours, "dpd-clear": dpd_theirs, "dpd-restart": dpd_theirs, "restart-theirs": restart_theirs,
         "crash-theirs": crash_theirs, "restart-ours": restart_ours, "crash-ours": crash_ours, **{case: refused for case in WHY}}
WAITING = {case for case in CASES if case.startswith(("rekey", "renew", "dpd"))}
# These stop a daemon that others need.
ALONE = {case for case in CASES if case.startswith(("restart", "crash"))}
PEERS = {}
DEBUG = OURS = None


def debug_lines(row, mark):
    """The debug about its peer since the row began: lines with its address or its conn ids, and what is indented below them"""
    lines, shown, below = DEBUG.log_since(mark), [], False
    about = re.compile(rf"\b{re.escape(row.peer_seen_as)}\b")
    ids = {found[1] for line in lines if about.search(line) for found in [re.search(r"ISAKMP:? ?\((\d+)\)", line)] if found and found[1] != "0"}
    for line in lines:
        found = re.search(r"ISAKMP:? ?\((\d+)\)", line)
        if line.startswith("*"):
            below = bool(about.search(line)) or bool(found) and found[1] in ids
        if below:
            shown.append(line)
    return shown[-120:]


# --- all of them

class Ours(Daemon):
    """ikemgr, with the rows of a batch"""

    def __init__(self, ns, folder):
        super().__init__(ns, folder)
        os.chmod(folder, 0o711)	# the daemon's user reads its own file in it
        self.conf = os.path.join(folder, "ikemgr.conf")

    def start(self):
        self.spawn(["ikemgr", "-v", "-f", self.conf])
        waitfor(60, "ikemgr answers", lambda: run(["cmap", "-n", self.ns, "show", "crypto", "isakmp", "sa"])[0] == 0)
        DEBUG.stop()
        DEBUG.start()

    def configure(self, rows):
        lines = ["hostname ga"]
        for i, (ike, life) in enumerate(dict.fromkeys((row.ike, row.value("ike-life")) for row in rows)):
            enc, hashed, group = ike.split("-")
            lines += [f"crypto isakmp policy {10 * (i + 1)}", f" encr {IOS_ENCRYPTION[enc]}", f" hash {IOS_HASH[hashed]}",
                      " authentication pre-share", f" group {group}", *([f" lifetime {life}"] if life else [])]
        lines += [f"crypto isakmp key {KEY} address 0.0.0.0", f"crypto isakmp key {KEY} address ipv6 ::/0",
                  *dict.fromkeys(line for row in rows for line in row.extra())]
        lines += [row.entry() for row in rows]
        lines += ["interface wan", " crypto map VPN"]
        with open(self.conf, "w", encoding="ascii") as f:
            f.write("\n".join(lines) + "\n")
        os.chmod(self.conf, 0o600)
        shutil.chown(self.conf, "ikemgr")	# it reads it again as its own user

    def reload(self):
        """With SIGHUP; done when it has read the file"""
        mark = self.log_size()
        self.process.send_signal(signal.SIGHUP)
        waitfor(60, "the configuration is read again", lambda: any(line.endswith("is loaded") for line in self.log_since(mark)))


class Debug(Daemon):
    """cmap debug"""

    def start(self):
        self.spawn(["stdbuf", "-oL", "cmap", "debug", "--timestamps", "crypto", "isakmp", "ipsec"])


def nft(ns, rules):
    done = subprocess.run(["ip", "netns", "exec", ns, "nft", "-f", "-"], input=rules, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        raise Failed(f"nft: {done.stdout}")


def nat(rows):
    """What the router in between translates: gateways that it hides, by addresses of its own, both ways"""
    lines = []
    for row in rows:
        theirs, seen, hidden = row.theirs, row.peer_seen_as, row.seen_as
        if row.nat in ("them", "both"):
            run(["ip", "-n", "r", "addr", "add", f"{seen}/32", "dev", "a"])
            lines += [f"add rule ip nat out ip saddr {theirs} oifname a snat to {seen}",
                      f"add rule ip nat in ip daddr {seen} iifname a dnat to {theirs}"]
        if row.nat in ("us", "both"):
            lines += [f"add rule ip nat out ip saddr {row.our_id} ip daddr {theirs} snat to {hidden}",
                      f"add rule ip nat in ip saddr {theirs} ip daddr {hidden} dnat to {row.our_id}"]
    if lines:
        rules = "\n".join(["add table ip nat", "add chain ip nat in { type nat hook prerouting priority -100; }",
                           "add chain ip nat out { type nat hook postrouting priority 100; }", *lines]) + "\n"
        nft("r", rules)


def addresses(rows):
    """Each row's own ones, in all namespaces"""
    batch = {ns: [] for ns in ("ha", "gb", "gc")}
    for row in rows:
        if ":" in row.theirs:
            batch[row.ns].append(f"addr add {row.theirs}/64 dev wan nodad")
        else:
            batch[row.ns].append(f"addr add {row.theirs}/24 dev wan")
        if row.mode == "tunnel":
            for mine, theirs in row.inside:
                batch["ha"].append(f"addr replace {mine}/{'64' if ':' in mine else '16'} dev eth0" + (" nodad" if ":" in mine else ""))
                batch[row.ns].append(f"addr add {theirs}/{'128' if ':' in theirs else '32'} dev lo" + (" nodad" if ":" in theirs else ""))
    for ns, lines in batch.items():
        done = subprocess.run(["ip", "-n", ns, "-batch", "-"], input="\n".join(lines) + "\n", text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
        if done.returncode:
            raise Failed(f"ip in {ns}: {done.stdout}")


def table():
    rows, count = [], {"strongswan": 1, "libreswan": 1}
    for line in sys.stdin:
        words = line.split()
        for peer in ("strongswan", "libreswan") if words[0] == "both" else (words[0],):
            for first in ("us", "them"):
                if f"first={'them' if first == 'us' else 'us'}" in words:
                    continue
                count[peer] += 1
                rows.append(Row(count[peer], peer, first, words[1:]))
    return rows


def values(row):
    """What a cover must have: each cipher and hash (other tests have more of them), each case and option with each peer"""
    ike = {("ike", i, word) for i, word in enumerate(row.ike.split("-")[:2])}
    options = {(row.peer, option, value) for option, all_values in row.values.items() for value in all_values if option not in ("pfs", *HIDDEN)}
    return ike | options | {("child", row.esp[:2]), ("pfs", bool(row.pfs)), (row.peer, row.case), (row.first, row.case)}


def cover(rows, peers):
    rows = [row for row in rows if "slow" not in row.options and not peers[row.peer].unsupported(row)]
    left = set().union(*map(values, rows))
    chosen = []
    while left:
        best = max(rows, key=lambda row: len(values(row) & left))
        chosen.append(best)
        left -= values(best)
    return [row for row in rows if row in chosen]


def batches(rows):
    """Rows that one configuration of ours serves, and that run beside each other"""
    groups = {}
    for row in rows:
        groups.setdefault((row.extra(), row.name if row.case in ALONE else ""), []).append(row)
    for group in sorted(groups, key=lambda key: bool(key[1])):
        batch, policies = [], set()
        for row in groups[group]:
            if len(policies | {row.ike}) > POLICIES:
                yield batch
                batch, policies = [], set()
            batch.append(row)
            policies.add(row.ike)
        yield batch


def run_batch(batch):
    """What waits for time to pass runs beside the others, of which a few run at a time."""
    slow = [row for row in batch if row.case in WAITING]
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool, concurrent.futures.ThreadPoolExecutor(WAITING_AT_ONCE) as waiting:
        for done in [waiting.submit(row.run) for row in slow] + [pool.submit(row.run) for row in batch if row not in slow]:
            done.result()


SCAN_ENCRYPTION = {"des": "1", "3des": "5", "aes128": "7/128", "aes192": "7/192", "aes256": "7/256"}
SCAN_HASH = {"md5": "1", "sha1": "2", "sha256": "4", "sha384": "5", "sha512": "6"}


def scan(accepted):
    """ike-scan lists what our responder takes: the policies of the last batch, and nothing else."""
    for ike, good in [(ike, True) for ike in accepted] + [("des-sha512-16", False)]:
        enc, hashed, group = ike.split("-")
        _, out = run(["ip", "netns", "exec", "gb", "ike-scan", "--sport=0", "--retry=2", f"--trans={SCAN_ENCRYPTION[enc]},{SCAN_HASH[hashed]},1,{group}",
                      "192.0.2.1"])
        found = re.search("Main Mode Handshake returned" if good else r"Notify message 14 \(NO-PROPOSAL-CHOSEN\)", out)
        say(f"{int(not found)}\tike-scan, it initiates: scan {ike} is {'accepted' if good else 'refused'}" + ("" if found else f": {out.strip().splitlines()}"))


def main():
    global DEBUG, OURS
    folder, which, *text = sys.argv[1:]
    rows = table()
    if which == "cover":
        rows = cover(rows, {"strongswan": Charon, "libreswan": Pluto})
    PEERS["strongswan"] = Charon("gb", os.path.join(folder, "charon"))
    PEERS["libreswan"] = Pluto("gc", os.path.join(folder, "pluto"))
    rows = [row for row in rows if all(t in row.title() for t in text)]
    DEBUG = Debug("ga", os.path.join(folder, "debug"))
    OURS = Ours("ga", os.path.join(folder, "ikemgr"))
    able = [row for row in rows if not PEERS[row.peer].unsupported(row)]
    addresses(able)
    nat(able)
    # See cut().
    nft("r", """table ip cut {
        set gone { type ipv4_addr; }
        chain forward { type filter hook forward priority 0; ip saddr @gone drop; ip daddr @gone drop; }
    }
""")
    for name, peer in PEERS.items():
        peer.configure([row for row in able if row.peer == name])
        peer.start()
        say(f"# peer {name}: {peer.version()}")
    for number, batch in enumerate(batches(rows)):
        OURS.configure([row for row in batch if row in able])
        if OURS.alive():
            OURS.reload()
        else:
            OURS.start()
        run_batch(batch)
    scan(dict.fromkeys(row.ike for row in batch))
    DEBUG.stop()
    status = OURS.stop()
    say(f"{int(status != 0)}\tikemgr ends cleanly after all of it" + (f": status {status}" if status else ""))
    if status:
        say("\n".join("#   " + line for line in OURS.log_since(0)[-60:]))
    for peer in PEERS.values():
        peer.stop()


if __name__ == "__main__":
    try:
        main()
    finally:
        for daemon in [DEBUG, OURS, *PEERS.values()]:
            if daemon:
                daemon.kill()
