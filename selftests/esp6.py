#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""ESP made by hand around and inside IPv6, and in transport mode: delivered, or counted under exactly one reason.

Run where `ip netns` has lib.sh's topology6 and ga the SAs of esp6.sh. Prints "pass TEXT" or "fail TEXT: what".
"""
import os
import socket
import struct
import sys

import esp_bad
from esp_bad import GA, GB, HA, HB, PORT, checksum, enter, ip, seal, udp

GA6, GB6, HA6, HB6 = "2001:db8:a::1", "2001:db8:b::1", "2001:db8:1::2", "2001:db8:2::2"
UDP, ESP, ICMP6, DEST, HOP, ROUTING, FRAGMENT = 17, 50, 58, 60, 0, 43, 44
SPI = {"46": 0x2046, "66": 0x2066, "64": 0x2064, "t4": 0x2444, "t6": 0x2666}


def n6(address):
    return socket.inet_pton(socket.AF_INET6, address)


def ip6(src, dst, nxt, payload, tc=0, hops=64, **wrong):
    f = {"ver": 6, "len": len(payload), **wrong}
    return struct.pack("!IHBB16s16s", f["ver"] << 28 | tc << 20, f["len"], nxt, hops, n6(src), n6(dst)) + payload


def summed(src, dst, nxt, data, at):
    pseudo = n6(src) + n6(dst) + struct.pack("!II", len(data), nxt) + data
    total = checksum(pseudo + bytes(len(pseudo) % 2)) or 0xFFFF
    return data[:at] + struct.pack("!H", total) + data[at + 2:]


def udp6(text, src=HB6, dst=HA6, dport=PORT):
    return summed(src, dst, UDP, udp(text, dport=dport), 6)


def options(nxt, *tlv):
    body = b"".join(bytes([t, len(v)]) + v for t, v in tlv)
    pad = -(2 + len(body)) % 8
    body += b"" if not pad else b"\0" if pad == 1 else bytes([1, pad - 2]) + bytes(pad - 2)
    return bytes([nxt, (2 + len(body)) // 8 - 1]) + body


def routing(nxt, left=0):
    return struct.pack("!BBBBI16s", nxt, 2, 4, left, 0, n6(GA6))


def fragment(nxt, offset, more, ident, body):
    return struct.pack("!BBHI", nxt, 0, offset | more, ident) + body


class Bench(esp_bad.Bench):
    def __init__(self):
        super().__init__()
        self.numbers = dict.fromkeys(SPI, 0)
        enter("ha")
        self.sink6 = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        self.sink6.setsockopt(socket.IPPROTO_IPV6, 66, 1)     # IPV6_RECVTCLASS
        self.sink6.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        self.sink6.bind(("::", PORT))
        enter("ga")
        self.own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.own.bind(("0.0.0.0", PORT))
        self.own6 = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        self.own6.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        self.own6.bind(("::", PORT))
        enter("gb")
        self.wire6 = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW)
        self.wire6.setsockopt(socket.IPPROTO_IPV6, 36, 1)     # IPV6_HDRINCL

    def send(self, packet):
        if packet[0] >> 4 == 4:
            super().send(packet)
        else:
            self.wire6.sendto(packet, (socket.inet_ntop(socket.AF_INET6, packet[24:40]), 0))

    def body(self, kind, inner, nxt):
        self.numbers[kind] += 1
        return seal(inner, self.numbers[kind], nxt=nxt, spi=SPI[kind])

    def come(self, sink, seconds=5):
        """the text and the traffic class"""
        sink.settimeout(seconds)
        try:
            data, anc, _, _ = sink.recvmsg(4096, 64)
        except socket.timeout:
            return None, None
        return data, anc[0][2][0] if anc else None

    def delivered(self, what, sink, text, *packets):
        for packet in packets:
            self.send(packet)
        data, tos = self.come(sink)
        self.say(data == text, what, f"{data!r} came, not {text!r}")
        return tos

    def lost(self, what, reason, count, *packets):
        before = self.drops()
        for packet in packets:
            self.send(packet)
        self.expect(what, before, reason, count)


def inner4(text, **k):
    return ip(HB, HA, UDP, udp(text), **k)


def inner6(text, tc=0):
    return ip6(HB6, HA6, UDP, udp6(text), tc=tc)


def outer(kind, body, tc=0):
    return ip(GB, GA, ESP, body, tos=tc) if kind == "64" else ip6(GB6, GA6, ESP, body, tc=tc)


def sink_of(b, kind):
    return b.sink if kind == "46" else b.sink6


def mixed(b):
    """4 in 6, 6 in 6, 6 in 4, with ECN"""
    for kind, inner, nxt in (("46", lambda t, tc: inner4(t, tos=tc), 4), ("66", inner6, 41), ("64", inner6, 41)):
        text = b.text()
        b.delivered(f"{kind}: delivered", sink_of(b, kind), text, outer(kind, b.body(kind, inner(text, 0), nxt)))
        for out, was, want in ((3, 2, 3), (3, 1, 3), (1, 2, 1), (2, 1, 1), (0xB8, 0x68, 0x68), (0xBB, 0x6A, 0x6B)):
            text = b.text()
            tos = b.delivered(f"{kind}: traffic class {out:#x} around {was:#x}", sink_of(b, kind), text,
                              outer(kind, b.body(kind, inner(text, was), nxt), out))
            b.say(tos == want, f"{kind}: is {want:#x} (RFC 6040)", f"{tos}")
        b.lost(f"{kind}: congestion marked outside, inner can't say it", "ecn", 1,
               outer(kind, b.body(kind, inner(b"x", 0), nxt), 3))
        other = 41 if nxt == 4 else 4
        b.lost(f"{kind}: next header of the other family, UDP", "bad-next-header", 2,
               outer(kind, b.body(kind, inner(b"x", 0), other)), outer(kind, b.body(kind, inner(b"x", 0), UDP)))
        text = b.text()
        b.delivered(f"{kind}: padding behind the inner packet is cut off", sink_of(b, kind), text,
                    outer(kind, b.body(kind, inner(text, 0) + os.urandom(33), nxt)))


def inners(b):
    good = inner6(b"x" * 20)
    jumbo = ip6(HB6, HA6, HOP, options(UDP, (0xC2, struct.pack("!I", 100000))) + udp6(b"x"), len=0)
    bad = (good[:39], b"", ip6(HB6, HA6, UDP, udp6(b"x"), ver=4), ip6(HB6, HA6, UDP, udp6(b"x"), len=500), jumbo)
    b.lost("IPv6 inside malformed: short, version, length, jumbogram", "bad-inner", len(bad),
           *(outer("66", b.body("66", x, 41)) for x in bad))
    other = (ip6("2001:db8:3::1", HA6, UDP, udp6(b"a")), ip6(HB6, "2001:db8:9::1", UDP, udp6(b"b")))
    b.lost("IPv6 inside that is not of the SA's proxies", "identity", 2,
           *(outer("66", b.body("66", x, 41)) for x in other))
    b.lost("an SPI that nobody has", "invalid-spi", 1, ip6(GB6, GA6, ESP, seal(good, 1, nxt=41, spi=0x2999)))
    b.lost("the outer source is not the SA's peer", "wrong-source", 1,
           ip6("2001:db8:b::77", GA6, ESP, b.body("66", good, 41)))
    b.lost("cut off", "truncated", 1, ip6(GB6, GA6, ESP, b.body("66", good, 41)[:20]))
    whole = udp6(b"z" * 1000)
    parts = ((0, 1, whole[:480]), (480, 0, whole[480:]))
    packets = [outer("66", b.body("66", ip6(HB6, HA6, FRAGMENT, fragment(UDP, at, more, 88, part)), 41))
               for at, more, part in parts]
    b.delivered("a datagram cut up before encryption", b.sink6, b"z" * 1000, *packets)


def extensions(b):
    def packet(text, nxt, *headers):
        return ip6(GB6, GA6, nxt, b"".join(headers) + b.body("66", inner6(text), 41))

    skip, discard = (0x1E, b"abcd"), (0x5E, b"abcd")
    for what, nxt, headers in (
            ("destination options", DEST, (options(ESP, skip),)),
            ("padding alone", DEST, (options(ESP),)),
            ("hop-by-hop options", HOP, (options(ESP, skip),)),
            ("hop-by-hop, destination, routing without segments left, destination options", HOP,
             (options(DEST, skip), options(ROUTING, skip), routing(DEST), options(ESP, skip)))):
        text = b.text()
        b.delivered(f"ESP behind {what}", b.sink6, text, packet(text, nxt, *headers))
    before = b.drops()
    b.send(packet(b"no", DEST, options(ESP, discard)))
    b.say(b.come(b.sink6, 1)[0] is None, "an option that may not be skipped is the stack's")
    b.expect("it", before, None, 0)


def outer_fragments(b):
    def cut(text, *front, ident=77):
        body = b.body("66", inner6(text), 41)
        at = len(body) // 16 * 8
        nxt = HOP if front else FRAGMENT
        return [ip6(GB6, GA6, nxt, b"".join(front) + fragment(ESP, o, more, ident, part))
                for o, more, part in ((0, 1, body[:at]), (at, 0, body[at:]))]

    text = b"y" * 900
    b.delivered("ESP in outer fragments", b.sink6, text, *cut(text))
    b.delivered("the last one first", b.sink6, text, *reversed(cut(text, ident=78)))
    b.delivered("behind hop-by-hop options", b.sink6, text, *cut(text, options(FRAGMENT, (0x1E, b"ab")), ident=79))
    text = b.text()
    b.delivered("an atomic fragment (RFC 6946)", b.sink6, text,
                ip6(GB6, GA6, FRAGMENT, fragment(ESP, 0, 0, 80, b.body("66", inner6(text), 41))))
    text = b"w" * 900
    whole = udp6(text, GB6, GA6, dport=9001)
    enter("ga")
    other = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    other.bind(("::", 9001))
    b.delivered("fragments of others' UDP to this host", other, text,
                ip6(GB6, GA6, FRAGMENT, fragment(UDP, 0, 1, 81, whole[:400])),
                ip6(GB6, GA6, FRAGMENT, fragment(UDP, 400, 0, 81, whole[400:])))
    other.close()


def clear(b):
    echo = summed(HB6, HA6, ICMP6, struct.pack("!BBHHH", 128, 0, 0, 1, 1), 2)
    whole = udp6(b"f" * 900)
    b.lost("clear packets that a rule protects", "not-ipsec", 5,
           ip6(HB6, HA6, UDP, udp6(b"in clear")), ip6(HB6, HA6, ICMP6, echo),
           ip6(HB6, HA6, DEST, options(UDP) + udp6(b"behind options")),
           ip6(HB6, HA6, FRAGMENT, fragment(UDP, 0, 1, 99, whole[:400])),
           ip6(HB6, HA6, FRAGMENT, fragment(UDP, 400, 0, 99, whole[400:])))
    inside = outer("66", b.body("66", ip6(HB6, HA6, FRAGMENT, fragment(UDP, 400, 0, 98, whole[400:])), 41))
    b.send(inside)
    b.lost("a clear fragment does not complete a decrypted one", "not-ipsec", 1,
           ip6(HB6, HA6, FRAGMENT, fragment(UDP, 0, 1, 98, whole[:400])))
    b.say(b.come(b.sink6, 1)[0] is None, "nothing came of it")
    text = b.text()
    b.delivered("clear packets that no rule protects", b.sink6, text,
                ip6(GB6, HA6, UDP, udp6(text, GB6, HA6)))


def transport(b):
    text = b.text()
    b.delivered("IPv4 transport mode: what is inside is this host's", b.own, text,
                ip(GB, GA, ESP, b.body("t4", udp(text), UDP)))
    text = b.text()
    b.delivered("IPv4 transport mode, wrong UDP checksum, but authentic", b.own, text,
                ip(GB, GA, ESP, b.body("t4", udp(text)[:6] + b"\1\2" + udp(text)[8:], UDP)))
    text = b.text()
    b.delivered("IPv6 transport mode", b.own6, text, ip6(GB6, GA6, ESP, b.body("t6", udp6(text, GB6, GA6), UDP)))
    text = b.text()
    b.delivered("IPv6 transport mode, options in front and inside", b.own6, text,
                ip6(GB6, GA6, HOP, options(ESP) + b.body("t6", options(UDP) + udp6(text, GB6, GA6), DEST)))
    text = b"v" * 900
    body = b.body("t6", udp6(text, GB6, GA6), UDP)
    b.delivered("IPv6 transport mode in outer fragments", b.own6, text,
                ip6(GB6, GA6, FRAGMENT, fragment(ESP, 0, 1, 90, body[:480])),
                ip6(GB6, GA6, FRAGMENT, fragment(ESP, 480, 0, 90, body[480:])))
    tcp = struct.pack("!HHIIHHHH", 80, 1234, 1, 1, 0x5002, 100, 0, 0)
    b.lost("transport mode: TCP, and the SA is for UDP", "identity", 2,
           ip(GB, GA, ESP, b.body("t4", tcp, 6)), ip6(GB6, GA6, ESP, b.body("t6", tcp, 6)))
    before = b.drops()
    b.send(ip(GB, GA, ESP, b.body("t4", b"dummy", 59)))
    text = b.text()
    b.delivered("a dummy packet is not delivered, the one behind it is", b.own, text,
                ip(GB, GA, ESP, b.body("t4", udp(text), UDP)))
    b.expect("a dummy packet", before, None, 0)
    b.lost("clear UDP between the two", "not-ipsec", 2, ip(GB, GA, UDP, udp(b"clear")),
           ip6(GB6, GA6, UDP, udp6(b"clear", GB6, GA6)))


if __name__ == "__main__":
    bench = Bench()
    for name in sys.argv[1:]:
        globals()[name](bench)
