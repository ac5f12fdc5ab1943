#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: matrix.py all|cover [TEXT] < ROWS	TEXT: only rows that contain it

Our gateway ga against gb, with Linux XFRM or ours, in lib.sh's topology: for each row one pair of SAs, packets both ways,
each compared byte for byte, and exact counters on both sides. A row is

    INNER OUTER MODE ENCAP PEER ALGORITHM [OPTION...]

INNER, OUTER: 4 or 6; MODE: tunnel, transport; ENCAP: plain, udp; PEER: xfrm, ours; ALGORITHM: see ALGORITHMS.
OPTIONS: esn: 64-bit sequence numbers that cross 2^32 both ways; async: the kernel's asynchronous crypto; parallel: all CPUs
work on an SA; df-copy, df-set, df-clear; frag-after. Prints a line per check: 0 or 1, a tab, what was checked.

With "cover" not all rows are run, but so many that each algorithm has its turn, and each two values of two columns meet
that meet in any row; of algorithms only their form counts there.
"""
import ctypes
import hashlib
import json
import os
import select
import socket
import struct
import subprocess
import sys

libc = ctypes.CDLL(None, use_errno=True)
HOST = {("ha", 4): "10.1.0.2", ("hb", 4): "10.2.0.2", ("ha", 6): "2001:db8:1::2", ("hb", 6): "2001:db8:2::2",
        ("ga", 4): "192.0.2.1", ("gb", 4): "198.51.100.1", ("ga", 6): "2001:db8:a::1", ("gb", 6): "2001:db8:b::1"}
NET = {("a", 4): "10.1.0.0/24", ("b", 4): "10.2.0.0/24", ("a", 6): "2001:db8:1::/64", ("b", 6): "2001:db8:2::/64"}
FAMILY = {4: socket.AF_INET, 6: socket.AF_INET6}
IP = {4: 20, 6: 40}
PORT, MTU = 5000, 1500
NEAR_WRAP = (1 << 32) - 8      # last sequence number used before a row with esn begins
# What routers on the way change (record route), and what they don't (router alert); extension headers with an unknown
# option that may change and one that may not, each to be skipped by who doesn't know it (RFC 8200 4.2)
IP_OPTIONS4 = bytes((7, 11, 4, 0, 0, 0, 0, 0, 0, 0, 0, 1, 148, 4, 0, 0))
IP_OPTIONS6 = bytes((0, 1, 0x3e, 2, 1, 2, 0x1e, 2, 3, 4, 1, 4, 0, 0, 0, 0))
IP_OPTIONS, IPV6_HOPOPTS, IPV6_DSTOPTS = 4, 54, 59
IP_MTU_DISCOVER, IPV6_MTU_DISCOVER, PMTUDISC_DONT, PMTUDISC_DO, IP_MTU, IPV6_MTU = 10, 23, 0, 2, 14, 24
IP_RECVERR, IPV6_RECVERR, UDP_ENCAP, SOL_PACKET, PACKET_IGNORE_OUTGOING = 11, 25, 100, 263, 23

# name: our ciphers' words, key bytes; XFRM's words; bytes of IV, block
CIPHERS = {
    "aes-gcm": ("enc aes-gcm {e}", "aead rfc4106(gcm(aes)) 0x{e} {icvbits}", 8, 4),
    "aes-gmac": ("enc aes-gmac {e}", "aead rfc4543(gcm(aes)) 0x{e} {icvbits}", 8, 4),
    "chacha20-poly1305": ("enc chacha20-poly1305 {e}", "aead rfc7539esp(chacha20,poly1305) 0x{e} {icvbits}", 8, 4),
    "aes-cbc": ("enc aes-cbc {e}", "enc cbc(aes) 0x{e}", 16, 16),
    "aes-ctr": ("enc aes-ctr {e}", "enc rfc3686(ctr(aes)) 0x{e}", 8, 4),
    "3des-cbc": ("enc 3des-cbc {e}", "enc cbc(des3_ede) 0x{e}", 8, 8),
    "des-cbc": ("enc des-cbc {e}", "enc cbc(des) 0x{e}", 8, 8),
    "null": ("enc null", "enc ecb(cipher_null) \"\"", 0, 4),
}
# name: XFRM's, key and ICV bytes
AUTHS = {
    "md5": ("hmac-md5-96", "hmac(md5)", 16, 12),
    "sha1": ("hmac-sha1-96", "hmac(sha1)", 20, 12),
    "sha256": ("hmac-sha2-256-128", "hmac(sha256)", 32, 16),
    "sha384": ("hmac-sha2-384-192", "hmac(sha384)", 48, 24),
    "sha512": ("hmac-sha2-512-256", "hmac(sha512)", 64, 32),
}


def key(length, salt):
    return hashlib.shake_128(salt.encode()).hexdigest(length)


class Algorithm:
    """From a name as aes-gcm/20/16 (key, ICV), aes-cbc/16+sha1, ah-sha1, or aes-cbc/16+sha1+ah-sha256, the words for both
    sides and the room that headers and ICV take."""

    def __init__(self, name):
        self.esp = self.ah = None
        self.iv = self.icv = self.ah_icv = 0
        self.block = 4
        ours, xfrm = [], []
        for part in name.split("+"):
            if part.startswith("ah-"):
                words, alg, length, self.ah_icv = AUTHS[part[3:]]
                k = key(length, name + part)
                self.ah = (f"auth {words} {k}", f"auth-trunc {alg} 0x{k} {self.ah_icv * 8}")
            elif part in AUTHS:
                words, alg, length, self.icv = AUTHS[part]
                k = key(length, name + part)
                ours.append(f"auth {words} {k}")
                xfrm.append(f"auth-trunc {alg} 0x{k} {self.icv * 8}")
            else:
                cipher, *numbers = part.split("/")
                words, alg, self.iv, self.block = CIPHERS[cipher]
                e = key(int(numbers[0]) if numbers else 0, name)
                if "icvbits" in alg:
                    self.icv = int(numbers[1])
                    words += f" icv {self.icv}" if self.icv != 16 else ""
                ours.append(words.format(e=e))
                xfrm.append(alg.format(e=e, icvbits=self.icv * 8))
        if xfrm:
            self.esp = (" ".join(ours), " ".join(xfrm))

    def ah_length(self, outer):
        align = 4 if outer == 4 else 8
        return (12 + self.ah_icv + align - 1) // align * align if self.ah else 0

    def room(self, outer, udp):
        """What fits between the outer IP header and the end of an unfragmented packet"""
        left = MTU - IP[outer] - 8 * udp - self.ah_length(outer)
        if self.esp:
            left = (left - 8 - self.iv - self.icv) // self.block * self.block - 2
        return left


def enter(ns):
    fd = os.open(f"/run/netns/{ns}", os.O_RDONLY)
    if libc.setns(fd, 0x40000000):
        raise OSError(ctypes.get_errno(), ns)
    os.close(fd)


def force_async(on):
    with open("/sys/module/cryptomap/parameters/force_async", "w", encoding="ascii") as f:
        f.write("1" if on else "0")


def run(command, batch=None):
    done = subprocess.run(command, input=batch, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    return done.returncode, done.stdout, done.stderr.strip()


class Ends:
    """Sockets in all namespaces; nothing is started while packets are sent."""

    def __init__(self):
        self.udp, self.optional, self.flush = {}, {}, {}
        for ns in ("ha", "hb", "ga", "gb"):
            enter(ns)
            for family in (4, 6):
                self.udp[ns, family] = self.make(family, HOST[ns, family])
                self.optional[ns, family] = self.with_options(family, HOST[ns, family])
            self.flush[ns] = os.open("/proc/sys/net/ipv4/route/flush", os.O_WRONLY)
        enter("r")
        self.wire = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
        self.wire.bind(("a", 3))
        self.wire.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
        self.wire.setblocking(False)
        enter("gb")
        self.stat = open("/proc/self/net/xfrm_stat", encoding="ascii") if os.path.exists("/proc/self/net/xfrm_stat") else None
        self.natt = {}

    @staticmethod
    def with_options(family, address):
        s = socket.socket(FAMILY[family], socket.SOCK_DGRAM)
        if family == 4:
            s.setsockopt(socket.IPPROTO_IP, IP_OPTIONS, IP_OPTIONS4)
        else:
            s.setsockopt(socket.IPPROTO_IPV6, IPV6_HOPOPTS, IP_OPTIONS6)
            s.setsockopt(socket.IPPROTO_IPV6, IPV6_DSTOPTS, IP_OPTIONS6)
        s.bind((address, PORT + 1))
        return s

    @staticmethod
    def make(family, address):
        s = socket.socket(FAMILY[family], socket.SOCK_DGRAM)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        if family == 4:
            s.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, PMTUDISC_DONT)
        s.setblocking(False)
        s.bind((address, PORT))
        return s

    def take_udp(self, on):
        """XFRM takes ESP in UDP from sockets that say so; ours needs none."""
        for s in self.natt.values():
            s.close()
        self.natt = {}
        enter("gb")
        for family in (4, 6) if on else ():
            s = socket.socket(FAMILY[family], socket.SOCK_DGRAM)
            if family == 6:
                s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            s.bind(("", 4500))
            s.setsockopt(socket.IPPROTO_UDP, UDP_ENCAP, 2)
            self.natt[family] = s

    def forget(self, family, hosts):
        """Path MTUs learned by senders"""
        for ns in hosts:
            if family == 4:
                os.pwrite(self.flush[ns], b"1", 0)
            else:
                run(["ip", "-n", ns, "-6", "route", "flush", "cache"])

    def xfrm_stat(self):
        if not self.stat:
            return {}
        self.stat.seek(0)
        return {name: int(n) for name, n in (line.split() for line in self.stat)}

    def heard(self):
        """What ga has put on the wire since last asked"""
        frames = []
        while True:
            try:
                frame, source = self.wire.recvfrom(2048)
                if source[1] in (0x0800, 0x86dd):
                    frames.append(frame)
            except BlockingIOError:
                return frames


def fragments(length, room, ip):
    """How many packets an IPv4 packet of that length is cut into; their lengths"""
    if length <= room:
        return [length]
    step, left, out = (room - ip) // 8 * 8, length - ip, []
    while left > 0:
        out.append(min(step, left) + ip)
        left -= step
    return out


class Row:
    def __init__(self, ends, words):
        self.ends = ends
        inner, outer, self.mode, encap, self.peer, alg, *self.options = words
        self.inner, self.outer, self.udp = int(inner), int(outer), encap == "udp"
        self.alg = Algorithm(alg)
        self.name = " ".join(words)
        self.tunnel, self.esn = self.mode == "tunnel", "esn" in self.options
        self.a, self.b = ("ha", "hb") if self.tunnel else ("ga", "gb")
        # the largest inner packet
        self.room = self.alg.room(self.outer, self.udp) + (0 if self.tunnel else IP[self.inner])
        self.mine = (NET["a", self.inner], NET["b", self.inner]) if self.tunnel else \
            tuple(HOST[n, self.inner] + ("/32" if self.inner == 4 else "/128") for n in ("ga", "gb"))
        self.failed, self.last = 0, {}

    def check(self, good, text, detail=""):
        print(f"{int(not good)}\t{self.name}: {text}{'' if good else ': ' + str(detail)}", flush=True)
        self.failed += not good
        return good

    # --- set-up

    def states(self):
        """SAs of both directions: (source gateway, destination gateway, SPI, AH's SPI)"""
        return [("ga", "gb", 0x1000, 0x1001), ("gb", "ga", 0x2000, 0x2001)]

    def ours(self, me):
        local, remote = self.mine if me == "ga" else self.mine[::-1]
        peer = HOST["gb" if me == "ga" else "ga", self.outer]
        proxies = f"map M seq 10 local-proxy {local} remote-proxy {remote} mode {self.mode}"
        batch = [f"map add M seq 10 peer {peer} acl permit {local} {remote}", "link set dev wan map M"]
        for src, dst, spi, ah_spi in self.states():
            way = "out" if src == me else "in"
            base = f"sa add dir {way} {proxies} src {HOST[src, self.outer]} dst {HOST[dst, self.outer]}"
            extra = f" esn seq-number {NEAR_WRAP}{' replay-window 128' if way == 'in' else ''}" if self.esn else ""
            spread = " parallel" if "parallel" in self.options else ""
            if self.alg.ah:
                bundle = " bundle" if self.alg.esp else spread
                batch.append(f"{base} proto ah spi {ah_spi} {self.alg.ah[0]}{bundle}{extra}")
            if self.alg.esp:
                line = f"{base} proto esp spi {spi} {self.alg.esp[0]}{extra}{spread}"
                if self.udp:
                    line += " encap 4500 4500"
                if self.alg.ah:
                    line += f" ah-spi {ah_spi}"
                for df in ("copy", "set", "clear"):
                    if way == "out" and f"df-{df}" in self.options:
                        line += f" df {df}"
                if way == "out" and "frag-after" in self.options:
                    line += " frag-after"
                batch.append(line)
        force_async("async" in self.options)
        done = run(["cmap", "-n", me, "-batch", "-"], "\n".join(batch) + "\n")
        force_async(False)
        return done

    def xfrm(self):
        batch, outer = [], self.outer
        flags = "".join([" align4" if self.outer == 4 else ""])
        for src, dst, spi, ah_spi in self.states():
            ends = f"src {HOST[src, outer]} dst {HOST[dst, outer]}"
            start = f"replay-seq {NEAR_WRAP} replay-seq-hi 0 replay-oseq {NEAR_WRAP} replay-oseq-hi 0"
            window = f"replay-window 128 {start} flag esn" if self.esn else "replay-window 32 flag"
            af = " af-unspec" if self.inner != self.outer else ""
            templates = ""
            if self.alg.esp:
                word = f"{window}{af}"
                if word.endswith("flag"):
                    word = word[:-5]
                encap = f" encap espinudp 4500 4500 {'0.0.0.0' if outer == 4 else '::'}" if self.udp else ""
                batch.append(f"xfrm state add {ends} proto esp spi {spi} reqid 1 mode {self.mode} {word} {self.alg.esp[1]}{encap}")
                templates += f" tmpl {ends} proto esp reqid 1 mode {self.mode}"
            if self.alg.ah:
                # around ESP: transport mode of the packet that ESP has made
                mode = "transport" if self.alg.esp else self.mode
                word = f"{window}{flags}{af}"
                if word.endswith("flag"):
                    word = word[:-5]
                batch.append(f"xfrm state add {ends} proto ah spi {ah_spi} reqid 2 mode {mode} {word} {self.alg.ah[1]}")
                templates += f" tmpl {ends} proto ah reqid 2 mode {mode}"
            near, far = self.mine if src == "ga" else self.mine[::-1]
            for way in ("out",) if src == "gb" else ("in", "fwd"):
                batch.append(f"xfrm policy add src {near} dst {far} dir {way} priority 9{templates}")
        if self.udp and not self.tunnel:
            # What goes around it is between the same two hosts.
            batch.append(f"xfrm policy add src {self.mine[0]} dst {self.mine[1]} proto udp dport 4500 dir in priority 1 action allow")
        return run(["ip", "-n", "gb", "-batch", "-"], "\n".join(batch) + "\n")

    def clear(self):
        for me in ["ga"] + (["gb"] if self.peer == "ours" else []):
            run(["cmap", "-n", me, "-batch", "-"], "sa flush\nlink del dev wan\nmap del M\n")
        if self.peer == "xfrm":
            run(["ip", "-n", "gb", "-batch", "-"], "xfrm state flush\nxfrm policy flush\n")

    # --- traffic

    def payload(self, length):
        size = length - IP[self.inner] - 8
        return hashlib.shake_128(f"{self.name} {length}".encode()).digest(size)

    def wait(self, *sockets):
        return select.select(sockets, [], [], 5)[0]

    def carry(self, src, dst, lengths, source=None):
        """One packet after the other; the first that does not come as it went, or None"""
        s, r = source or self.ends.udp[src, self.inner], self.ends.udp[dst, self.inner]
        to = (HOST[dst, self.inner], PORT)
        for length in lengths:
            data = self.payload(length)
            s.sendto(data, to)
            if not self.wait(r):
                return f"{length} bytes: nothing came"
            got = r.recv(65536)
            if got != data:
                return f"{length} bytes: {len(got)} others came"
        return None

    def carry_options(self, src, dst):
        """Packets with IPv4 options or extension headers, in front of what AH and transport mode make of the rest;
        how many, and their bytes"""
        if self.tunnel and not self.alg.ah:
            return 0, 0
        # XFRM looks for the ports of UDP around ESP where the extension headers are, and finds no policy.
        if self.udp and self.inner == 6 and self.peer == "xfrm":
            return 0, 0
        lengths, more = [100, 700], len(IP_OPTIONS4) if self.inner == 4 else 2 * len(IP_OPTIONS6)
        bad = self.carry(src, dst, lengths, self.ends.optional[src, self.inner])
        self.check(not bad, f"with {'options' if self.inner == 4 else 'extension headers'}, byte for byte", bad)
        return len(lengths), sum(lengths) + len(lengths) * more

    def too_big(self, src, dst, length):
        """A packet that may not be fragmented: the path MTU that its sender learns, or what else happens"""
        enter(src)
        s = socket.socket(FAMILY[self.inner], socket.SOCK_DGRAM)
        level = socket.IPPROTO_IP if self.inner == 4 else socket.IPPROTO_IPV6
        s.setsockopt(level, IP_MTU_DISCOVER if self.inner == 4 else IPV6_MTU_DISCOVER, PMTUDISC_DO)
        s.setsockopt(level, IP_RECVERR if self.inner == 4 else IPV6_RECVERR, 1)
        s.setblocking(False)
        r = self.ends.udp[dst, self.inner]
        s.connect((HOST[dst, self.inner], PORT))
        try:
            s.send(self.payload(length))
        except OSError:
            pass
        ready = self.wait(s, r)
        if r in ready:
            r.recv(65536)
            return "delivered"
        if s not in ready:
            return "lost without a word"
        return s.getsockopt(level, IP_MTU if self.inner == 4 else IPV6_MTU)

    # --- counters

    def our_counters(self, me):
        """(packets, bytes, errors) out and in, drops, of ESP's SA or AH's where it is alone"""
        _, out, _ = run(["cmap", "-n", me, "-s", "-j", "sa", "show"])
        counts = {}
        for sa in json.loads(out or "[]"):
            if sa["proto"] != ("esp" if self.alg.esp else "ah"):
                continue
            stats = sa["stats"]
            counts[sa["dir"]] = tuple(stats.get(f"{sa['dir']}_{x}", 0) for x in ("packets", "bytes", "errors"))
            self.last[sa["dir"]] = stats.get(f"{sa['dir']}_sequence", 0)
        return counts

    def xfrm_counters(self):
        """packets by SPI; complaints"""
        _, out, _ = run(["ip", "-n", "gb", "-s", "xfrm", "state"])
        counts, bad, spi, current = {}, [], 0, False
        for line in out.splitlines():
            words = line.split()
            if "spi" in words:
                spi = int(words[words.index("spi") + 1].split("(")[0], 16)
            elif line.strip() == "lifetime current:":
                current = True
            elif current:
                counts[spi] = int(words[1].split("(")[0])
                current = False
            elif words[:1] == ["replay-window"] and words[-4:] != ["replay", "0", "failed", "0"] and "failed" in words:
                bad.append(line.strip())
        return counts, bad

    def wire(self, text, expected_df=None):
        """Everything that ga has sent to gb is of the outer family and protocol; how many packets (not fragments)"""
        count, fragmented, protocol = 0, 0, 51 if self.alg.ah else 17 if self.udp else 50
        wrong = []
        for f in self.ends.heard():
            family = f[0] >> 4
            p, offset, df = (f[9], struct.unpack("!H", f[6:8])[0], f[6] & 0x40) if family == 4 else (f[6], 0, 0)
            if family == 6 and p == 44:
                p, offset = f[40], struct.unpack("!H", f[42:44])[0]
                fragmented += offset & 0xfff9 != 0
                first = not offset & 0xfff8
            else:
                fragmented += family == 4 and offset & 0x3fff != 0
                first = not (family == 4 and offset & 0x1fff)
            if family == 6 and p in (58, 0):        # neighbours, and ICMP about what came
                continue
            if family == 4 and p == 1:
                continue
            if family != self.outer or p != protocol or len(f) > MTU:
                wrong.append(f[:60].hex())
                continue
            count += first
            if expected_df is not None and bool(df) != expected_df:
                wrong.append("DF " + f[:20].hex())
        self.check(not wrong, f"{text}: all on the wire is as it should be", wrong[:3])
        return count, fragmented

    # --- all of it

    def sizes(self):
        """Every length of padding, with little and with as much as goes in one packet"""
        least, block = IP[self.inner] + 8, self.alg.block
        return list(range(least, least + block + 2)) + [128, 576, 1000] + list(range(self.room - block - 1, self.room + 1))

    def run(self):
        self.ends.take_udp(self.udp and self.peer == "xfrm")
        rc, _, error = self.ours("ga")
        if not self.check(rc == 0, "SAs on our side", error):
            return
        if "async" in self.options:
            _, out, _ = run(["cmap", "-n", "ga", "-d", "sa", "show"])
            self.check(out.count("driver cryptd(") + out.count("driver pcrypt(") == 2, "its drivers answer later", out)
        rc, _, error = self.xfrm() if self.peer == "xfrm" else self.ours("gb")
        if not self.check(rc == 0, "SAs on the other side", error):
            return
        before = self.ends.xfrm_stat()
        self.ends.heard()
        out, out_bytes = self.outbound()
        inbound, in_bytes = self.inbound()
        counts = self.our_counters("ga")
        self.check(counts.get("out") == (out, out_bytes, self.refused), "counters out", f"{counts.get('out')}, {(out, out_bytes, self.refused)} expected")
        if self.esn:
            wanted = {way: NEAR_WRAP + counts.get(way, (0,))[0] for way in ("in", "out")}
            self.check(self.last == wanted and min(wanted.values()) >= 1 << 32, "sequence numbers went beyond 2^32, both ways",
                       f"{self.last}, {wanted} expected")
        theirs = self.their_counts()
        if inbound is None:
            inbound, in_bytes = theirs[1], counts.get("in", (0, 0))[1]
        self.check(counts.get("in") == (inbound, in_bytes, 0), "counters in", f"{counts.get('in')}, {(inbound, in_bytes, 0)} expected")
        self.check(theirs == (out, inbound), "the other side's counters", f"{theirs}, {(out, inbound)} expected")
        after = self.ends.xfrm_stat()
        self.check(after == before, "XFRM has no complaint", {k: v - before[k] for k, v in after.items() if v != before[k]})
        if self.inner == 4:     # IPv6 hosts have sent nothing that was too big since
            self.ends.forget(self.inner, (self.a, self.b))

    def their_counts(self):
        if self.peer == "ours":
            counts = self.our_counters("gb")
            return counts.get("in", (None,))[0], counts.get("out", (None,))[0]
        counts, bad = self.xfrm_counters()
        self.check(not bad, "XFRM's SAs have no complaint", bad)
        spi = (0x1000, 0x2000) if self.alg.esp else (0x1001, 0x2001)
        return tuple(counts.get(s) for s in spi)

    def outbound(self):
        """From a to b; the packets and bytes that ga's SA must have counted"""
        self.refused = 0
        lengths = self.sizes()
        bad = self.carry(self.a, self.b, lengths)
        self.check(not bad, f"every size to {self.room} out, byte for byte", bad)
        df = {"df-set": True, "df-clear": False}.get(next((o for o in self.options if o.startswith("df-")), ""), None)
        if self.outer == 6:
            df = None
        count, cut = self.wire("out", df)
        self.check(count == len(lengths) and not cut, "each is one packet", f"{count} packets, {cut} fragments")
        p, b = self.carry_options(self.a, self.b)
        packets, total = len(lengths) + p, sum(lengths) + b
        self.ends.heard()
        if self.inner == 4:
            p, b = self.oversize_out()
            packets, total = packets + p, total + b
        if "frag-after" not in self.options:
            p, b = self.undivided_out()
            packets, total = packets + p, total + b
        return packets, total

    def undivided_out(self):
        """What the sender does not allow to be fragmented, and IPv6 senders that have learned it"""
        packets = []
        got = self.too_big(self.a, self.b, self.room + 1)
        if self.inner == 4 and "df-clear" in self.options:
            self.check(got == "delivered", "too big with DF: DF is cleared", got)
            packets = fragments(self.room + 1, self.room, 20)
        else:
            self.check(got == self.room, f"too big: the sender learns {self.room}", got)
            self.refused = 1
        if self.inner == 6:
            lengths = [self.room + 1, 3000]
            bad = self.carry(self.a, self.b, lengths)
            self.check(not bad, "larger packets, byte for byte", bad)
            for length in lengths:
                packets += self.fragments6(length, self.room) if self.tunnel else [length]
        self.ends.forget(self.inner, (self.a, self.b))
        self.ends.heard()
        return len(packets), sum(packets)

    def oversize_out(self):
        lengths, after = [self.room + 1, MTU, 3000, 9000], "frag-after" in self.options or not self.tunnel
        bad = self.carry(self.a, self.b, lengths)
        self.check(not bad, "too big, DF clear: byte for byte", bad)
        count, cut = self.wire("too big")
        expected = []
        for length in lengths:
            # a router gets the host's fragments, and cuts those up; transport mode protects whole packets (RFC 4303 3.3.4)
            whole = fragments(length, MTU, 20) if self.tunnel else [length]
            for part in whole:
                expected += [part] if after else fragments(part, self.room, 20)
        if after:
            self.check(cut > 0, "encrypted packets are fragmented", cut)
        else:
            self.check(not cut, "no encrypted packet is a fragment", cut)
        self.check(count == len(expected), f"too big: {len(expected)} encrypted packets", count)
        return len(expected), sum(expected)

    @staticmethod
    def fragments6(length, mtu):
        """IPv6 fragments, by the source: 40 bytes of header, 8 of fragment header"""
        if length <= mtu:
            return [length]
        step, left, out = (mtu - 48) // 8 * 8, length - 40, []
        while left > 0:
            out.append(min(step, left) + 48)
            left -= step
        return out

    def inbound(self):
        """From b to a; the packets and bytes that ga's SA must have counted, None: whatever the other side has sent"""
        lengths = self.sizes()
        bad = self.carry(self.b, self.a, lengths)
        self.check(not bad, f"every size to {self.room} in, byte for byte", bad)
        p, b = self.carry_options(self.b, self.a)
        if self.inner == 6:
            return len(lengths) + p, sum(lengths) + b
        bad = self.carry(self.b, self.a, [self.room + 1, 3000, 9000])
        self.check(not bad, "too big, in: byte for byte", bad)
        return None, None


def form(alg):
    """The kind of algorithm: aes-cbc/16+sha1 and des-cbc/8+md5 are of one"""
    first, *rest = alg.split("+")
    cipher = first.split("/")[0]
    kind = "ah" if cipher.startswith("ah-") else "cbc" if cipher.endswith("-cbc") else cipher
    return kind + ("+ah" if rest and rest[-1].startswith("ah-") else "")


def pairs(row):
    inner, outer, mode, encap, peer, alg, *options = row.split()
    values = list(enumerate((inner, outer, mode, encap, peer, form(alg), " ".join(options))))
    return {alg} | {(a, b) for a in values for b in values if a < b}


def cover(rows):
    """Rows until nothing is left that none of them has, always the one with most of it"""
    left = set().union(*map(pairs, rows))
    chosen = set()
    while left:
        best = max(rows, key=lambda row: len(pairs(row) & left))
        chosen.add(best)
        left -= pairs(best)
    return [row for row in rows if row in chosen]


def main():
    ends = Ends()
    rows = [line.strip() for line in sys.stdin if line.strip()]
    if sys.argv[1] == "cover":
        rows = cover(rows)
    for line in rows:
        if len(sys.argv) > 2 and sys.argv[2] not in line:
            continue
        row = Row(ends, line.split())
        row.run()
        row.clear()


if __name__ == "__main__":
    main()
