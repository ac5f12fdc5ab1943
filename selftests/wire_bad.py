#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Bad ISAKMP datagrams, sent to a daemon from an address it knows as a peer; TAP lines without a plan.

wire_bad.py LOCAL OTHER DAEMON EVENTS FIRST
LOCAL: the peer's address; OTHER: a second address of ours, not a peer; DAEMON: the daemon's address;
EVENTS: file to which `cmap -j debug` appends the event stream; FIRST: number of the first TAP line.

Each row says what is wrong with the datagram, the reason that the event must give, and whether a reply may come (only a
well-formed offer gets one).
"""
import json
import os
import random
import select
import socket
import struct
import sys
import time

LOCAL, OTHER, DAEMON, EVENTS = sys.argv[1:5]
tap = int(sys.argv[5])
failed = 0
SA, KE, ID, HASH, NONCE, NOTIFY, DELETE, VID = 1, 4, 5, 8, 10, 11, 12, 13
MAIN, AGGRESSIVE, INFO, QUICK, IKEV2 = 2, 4, 5, 32, 34
ENC = 1
UNSUPPORTED_EXCHANGE_TYPE = 29


def ok(good, text, detail=""):
    global tap, failed
    print(f"{'' if good else 'not '}ok {tap} - {text}", flush=True)
    if not good:
        failed += 1
        for line in str(detail).splitlines()[-20:]:
            print("#   " + line)
    tap += 1


def header(icookie, rcookie, first, exchange, length, flags=0, msgid=0, version=0x10):
    return struct.pack("!8s8sBBBBII", icookie, rcookie, first, version, exchange, flags, msgid, length)


def chain(payloads):
    """payloads: (type, body) -> first type, bytes"""
    out = b""
    for i, (kind, body) in enumerate(payloads):
        following = payloads[i + 1][0] if i + 1 < len(payloads) else 0
        out += struct.pack("!BBH", following, 0, 4 + len(body)) + body
    return payloads[0][0], out


def message(payloads, exchange=MAIN, icookie=None, rcookie=bytes(8), flags=0, msgid=0, version=0x10, delta=0):
    first, body = chain(payloads)
    return header(icookie or os.urandom(8), rcookie, first, exchange, 28 + len(body) + delta, flags, msgid, version) + body


def tv(kind, value):
    return struct.pack("!HH", 0x8000 | kind, value)


def offer(enc=5, hash_=2, auth=1, group=2, transforms=1, spi=b"", tcount=None, plength=0, tlength=0):
    attrs = tv(1, enc) + tv(2, hash_) + tv(4, group) + tv(3, auth) + tv(11, 1) + tv(12, 3600)
    t = b"".join(struct.pack("!BBHBBH", 3 if i + 1 < transforms else 0, 0, 8 + len(attrs) + tlength, i + 1, 1, 0) + attrs
                 for i in range(transforms))
    p = struct.pack("!BBHBBBB", 0, 0, 8 + len(spi) + len(t) + plength, 1, 1, len(spi), transforms if tcount is None else tcount)
    return struct.pack("!II", 1, 1) + p + spi + t


def sock(address):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((address, 500))
    s.settimeout(0.1)
    return s


here, elsewhere = sock(LOCAL), sock(OTHER)
log = open(EVENTS)


def events(until=None, seconds=8.0):
    """New events; with until, waits for one that fits."""
    found = []
    end = time.monotonic() + seconds
    while True:
        line = log.readline()
        if line.endswith("\n"):
            try:
                found.append(json.loads(line))
            except ValueError:
                continue
            if until and until(found[-1]):
                return found
        elif until is None or time.monotonic() > end:
            return found
        else:
            time.sleep(0.02)


def reply(s=here, seconds=0.0):
    r, _, _ = select.select([s], [], [], seconds)
    return s.recv(65536) if r else None


def drain():
    while reply() or reply(elsewhere):
        pass
    events()


def bad(text, datagram, reasons, s=here, notify=None):
    """One bad datagram: the event names one of the reasons; no reply comes, or one notify that is no longer than it."""
    drain()
    try:
        s.sendto(datagram, (DAEMON, 500))
    except OSError as error:
        return ok(False, text, error)

    def fits(e):
        if e["type"] == "packet-dropped":
            return e.get("reason") in reasons
        return e["type"] in reasons
    got = events(fits)
    ok(bool(got) and fits(got[-1]), f"{text}: dropped, the event says {' or '.join(reasons)}",
       "\n".join(json.dumps(e) for e in got) or "no event")
    answer = reply(s, 0.15)
    if notify is None:
        ok(answer is None, f"{text}: no reply", answer and answer.hex())
        return
    told = struct.unpack("!H", answer[-2:])[0] if answer and answer[18] == INFO and len(answer) == 40 else None
    ok(told == notify and len(answer) <= len(datagram) and reply(s, 0.15) is None, f"{text}: told by one notify, {notify}",
       answer and answer.hex())


good = (SA, offer())
c = os.urandom(8)
bad("empty datagram", b"", ["short"])
for n in (1, 8, 27):
    bad(f"{n} bytes", os.urandom(n), ["short"])
bad("header alone, no payload", header(c, bytes(8), 0, MAIN, 28), ["malformed"])
bad("header's length beyond the datagram", message([good], delta=100), ["malformed"])
bad("header's length short of the datagram", message([good], delta=-8), ["malformed"])
bad("header's length 0", header(c, bytes(8), SA, MAIN, 0) + chain([good])[1], ["malformed"])
bad("initiator cookie 0", message([good], icookie=bytes(8)), ["zero-cookie", "malformed"])
bad("IKEv2", message([good], exchange=IKEV2, version=0x20), ["version"])
bad("unknown exchange type", message([good], exchange=200), ["unsupported", "malformed"])
bad("aggressive mode, which is not configured", message([good, (KE, bytes(128)), (NONCE, bytes(16)), (ID, bytes(8))], exchange=AGGRESSIVE), ["unsupported"],
    notify=UNSUPPORTED_EXCHANGE_TYPE)
bad("unknown cookies", message([good], rcookie=os.urandom(8)), ["unknown-cookies"])
bad("encrypted first message", message([good], flags=ENC), ["encrypted", "unknown-cookies", "malformed"])
bad("quick mode without an SA", message([(HASH, bytes(20)), good], exchange=QUICK, rcookie=os.urandom(8), msgid=7, flags=ENC), ["unknown-cookies"])
bad("informational without an SA", message([(NOTIFY, struct.pack("!IBBH", 1, 1, 0, 14))], exchange=INFO, rcookie=os.urandom(8)), ["unknown-cookies"])
bad("no SA payload in message 1", message([(KE, bytes(128))]), ["missing-payload", "extra-payload", "malformed"])
bad("two SA payloads", message([good, good]), ["extra-payload", "malformed"])
bad("payload length 0", header(c, bytes(8), SA, MAIN, 32) + struct.pack("!BBH", SA, 0, 0), ["malformed"])
bad("payload length 3", header(c, bytes(8), SA, MAIN, 32) + struct.pack("!BBH", 0, 0, 3), ["malformed"])
bad("payload beyond the message", header(c, bytes(8), SA, MAIN, 32) + struct.pack("!BBH", 0, 0, 400), ["malformed"])
bad("payloads that chain on to the end and beyond", header(c, bytes(8), VID, MAIN, 28 + 40) + struct.pack("!BBH", VID, 0, 4) * 10, ["malformed"])
bad("more payloads than anybody sends", message([good] + [(VID, b"")] * 500), ["malformed"])
bad("reserved byte not zero", header(c, bytes(8), SA, MAIN, 28 + 4 + len(good[1])) + struct.pack("!BBH", 0, 1, 4 + len(good[1])) + good[1], ["malformed"])
bad("wrong DOI", message([(SA, struct.pack("!II", 77, 1) + good[1][8:])]), ["malformed"])
bad("wrong situation", message([(SA, struct.pack("!II", 1, 4) + good[1][8:])]), ["malformed"])
bad("SA without a proposal", message([(SA, struct.pack("!II", 1, 1))]), ["malformed"])
bad("proposal longer than its SA", message([(SA, offer(plength=40))]), ["malformed"])
bad("proposal shorter than its transforms", message([(SA, offer(plength=-8))]), ["malformed"])
bad("transform longer than its proposal", message([(SA, offer(tlength=40))]), ["malformed"])
bad("transform shorter than its attributes", message([(SA, offer(tlength=-3))]), ["malformed"])
bad("more transforms promised than sent", message([(SA, offer(tcount=9))]), ["malformed"])
bad("no transform promised", message([(SA, offer(tcount=0))]), ["malformed"])
bad("SPI longer than the proposal", message([(SA, struct.pack("!II", 1, 1) + struct.pack("!BBHBBBB", 0, 0, 8, 1, 1, 255, 1))]), ["malformed"])
bad("as large as UDP allows", message([good, (VID, bytes(65000))]), ["malformed"])

# There is no key for it: a refusal that is smaller than the offer tells its administrator, and amplifies nothing.
drain()
stranger = message([good])
elsewhere.sendto(stranger, (DAEMON, 500))
got = events(lambda e: e["type"] == "psk")
ok(got and got[-1]["type"] == "psk" and not got[-1]["found"], "an offer from an address that is no peer: the event says that there is no key")
answer = reply(elsewhere, 2)
ok(answer is None or len(answer) <= len(stranger) and answer[18] == INFO, "an offer from an address that is no peer: at most a refusal, no longer than the offer", answer and answer.hex())

# A real exchange, up to the point where keys are needed: MM1 .. MM4 with a public value that is just a number.
def begin():
    drain()
    icookie = os.urandom(8)
    first = message([good], icookie=icookie)
    here.sendto(first, (DAEMON, 500))
    second = reply(here, 5)
    return icookie, second[8:16] if second else None, first, second


icookie, rcookie, first, second = begin()
ok(second is not None, "a good offer gets its answer")
for _ in range(8):
    # right after the first answer a repetition is passed over: both are on the way then
    here.sendto(first, (DAEMON, 500))
    again = reply(here, 0.5)
    if again:
        break
ok(again == second, "a repeated request gets the stored reply, byte for byte", again and again.hex())
bad("message 3 with the cookies of another", message([(KE, bytes(128)), (NONCE, bytes(16))], icookie=icookie, rcookie=os.urandom(8)), ["unknown-cookies"])
bad("message 3 from another address", message([(KE, os.urandom(128)), (NONCE, bytes(16))], icookie=icookie, rcookie=rcookie), ["wrong-peer"], elsewhere)
bad("message 5 instead of 3", message([(ID, bytes(8))], icookie=icookie, rcookie=rcookie, flags=ENC), ["encrypted"])
bad("message 3 without a nonce", message([(KE, b"\x02" * 128)], icookie=icookie, rcookie=rcookie), ["missing-payload"])
bad("message 3 with a nonce of 4 bytes", message([(KE, b"\x02" * 128), (NONCE, bytes(4))], icookie=icookie, rcookie=rcookie), ["malformed", "bad-value"])
bad("public value of the wrong length", message([(KE, b"\x02" * 96), (NONCE, os.urandom(16))], icookie=icookie, rcookie=rcookie), ["bad-value"])
for name, value in (("0", bytes(128)), ("1", bytes(127) + b"\x01"), ("all ones", b"\xff" * 128)):
    bad(f"public value {name}", message([(KE, value), (NONCE, os.urandom(16))], icookie=icookie, rcookie=rcookie), ["bad-value"])
bad("quick mode before phase 1 is done", message([(HASH, bytes(20)), good], exchange=QUICK, icookie=icookie, rcookie=rcookie, msgid=7), ["not-authenticated", "not-encrypted"])
bad("a delete in clear", message([(DELETE, struct.pack("!IBBH", 1, 1, 16, 1) + icookie + rcookie)], exchange=INFO, icookie=icookie, rcookie=rcookie, msgid=9), ["not-encrypted", "not-authenticated"])
here.sendto(message([(KE, b"\x02" + os.urandom(127)), (NONCE, os.urandom(16))], icookie=icookie, rcookie=rcookie), (DAEMON, 500))
fourth = reply(here, 10)
ok(fourth is not None, "after all these a good message 3 still gets its answer")
bad("message 5 in clear", message([(ID, struct.pack("!BBH", 1, 17, 500) + socket.inet_aton(LOCAL)), (HASH, bytes(20))], icookie=icookie, rcookie=rcookie), ["not-encrypted"])
bad("message 5 that is no whole number of blocks", header(icookie, rcookie, ID, MAIN, 28 + 41, ENC) + os.urandom(41), ["malformed"])
bad("message 5 encrypted with some other key", header(icookie, rcookie, ID, MAIN, 28 + 64, ENC) + os.urandom(64), ["malformed"])

random.seed(int.from_bytes(os.urandom(4), "big"))
seed = random.getrandbits(32)
random.seed(seed)
print(f"# random datagrams: seed {seed}")
drain()
sent, answers = 3000, 0
for i in range(sent):
    kind = i % 3
    if kind == 0:
        data = random.randbytes(random.randrange(0, 600))
    elif kind == 1:
        data = bytearray(message([good, (VID, random.randbytes(16))], icookie=random.randbytes(8), rcookie=random.choice((bytes(8), random.randbytes(8)))))
        for _ in range(random.randrange(1, 6)):
            data[random.randrange(16, len(data))] = random.getrandbits(8)
    else:
        data = message([good])
        data = data[:random.randrange(28, len(data))]
    here.sendto(bytes(data), (DAEMON, 500))
    if i % 50 == 0:
        answers += sum(1 for _ in iter(lambda: reply(), None))
        time.sleep(0.01)
ok(True, f"{sent} random, mutated and truncated datagrams were sent; {answers} of them were still good enough offers for an answer")
sys.exit(failed > 0)
