#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: soak.py FOLDER SECONDS	in soak.sh's network

ikemgr in ga with FOLDER/a.conf against strongSwan in gb with FOLDER/b.conf, under traffic both ways between ha and hb. Prints
what soak.sh makes TAP of: 0 or 1, a tab, what was checked.
"""
import json
import os
import re
import shutil
import sys
import threading
import time

from interop import Debug, Ours, enter, say
from interop_peers import Charon, Failed, run, waitfor
import interop

import socket

HOSTS = {"ha": "10.1.0.2", "hb": "10.2.0.2"}
PORT = 5001
RATE, SIZE = 100, 1200		# packets a second in each direction, bytes
SAMPLE = 10			# seconds between two looks at memory and SAs
# ASan's quarantine fills up, and then memory is flat; what is left to grow after the first third, in KiB
GROWTH = 4096


class Flow:
    """Numbered packets from one host to the other, until it is stopped"""

    def __init__(self, source, sink):
        enter(sink)
        self.sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sink.setsockopt(socket.SOL_SOCKET, 33, 16 << 20)  # SO_RCVBUFFORCE: room for what comes while this process waits for a CPU
        self.sink.bind((HOSTS[sink], PORT))
        self.sink.settimeout(0.5)
        enter(source)
        self.source = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.source.bind((HOSTS[source], PORT + 1))
        self.to = (HOSTS[sink], PORT)
        self.sent = self.duplicates = self.corrupt = 0
        self.seen, self.since_last = bytearray(), 0
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self.send), threading.Thread(target=self.receive)]
        for t in self.threads:
            t.start()

    @staticmethod
    def payload(number):
        return number.to_bytes(8, "big") * (SIZE // 8)

    def send(self):
        start = time.monotonic()
        while not self.over.is_set():
            self.source.sendto(self.payload(self.sent), self.to)
            self.sent += 1
            wait = start + self.sent / RATE - time.monotonic()
            if wait > 0:
                time.sleep(wait)
            elif wait < -1:
                start = time.monotonic() - self.sent / RATE		# the machine stood still: no burst to catch up

    def receive(self):
        idle = 0
        while idle < 10:
            try:
                data = self.sink.recv(65536)
            except socket.timeout:
                idle += self.over.is_set()
                continue
            idle, number = 0, int.from_bytes(data[:8], "big")
            if number >= self.sent + 1000 or data != self.payload(number):
                self.corrupt += 1
                continue
            if number >= len(self.seen):
                self.seen.extend(bytes(number + 1000 - len(self.seen)))
            self.duplicates += self.seen[number]
            self.seen[number] = 1

    def received(self):
        return self.seen.count(1)

    def lost(self):
        return [n for n in range(self.sent) if n >= len(self.seen) or not self.seen[n]]

    def stop(self):
        self.over.set()
        for t in self.threads:
            t.join()


def netem_dropped(interface):
    """ESP packets that this interface of r has lost"""
    _, out = run(["ip", "netns", "exec", "r", "tc", "-s", "-j", "qdisc", "show", "dev", interface])
    return next(q["drops"] for q in json.loads(out) if q["handle"] == "10:")


def clear_dropped():
    _, out = run(["ip", "netns", "exec", "r", "nft", "list", "chain", "ip", "t", "c"])
    return int(re.search(r"packets (\d+)", out)[1])


def xfrm(way):
    """Packets that the peer's kernel says it dropped"""
    _, out = run(["ip", "netns", "exec", "gb", "cat", "/proc/net/xfrm_stat"])
    counts = {name: int(n) for name, n in (line.split() for line in out.splitlines()) if int(n) and name.startswith(f"Xfrm{way}")}
    counts.pop("XfrmFwdHdrError", None)
    return counts


def ours_dropped():
    """Our kernel's drops by their reasons"""
    _, out = run(["cmap", "-n", "ga", "stats", "-v"])
    return {words[1]: int(words[0]) for words in map(str.split, out.splitlines()) if len(words) == 2 and words[0].isdigit() and int(words[0])}


def memory(daemon):
    """Of the ikemgr itself, in KiB"""
    _, pids = run(["ip", "netns", "pids", "ga"])
    for pid in pids.split():
        try:
            with open(f"/proc/{pid}/status", encoding="ascii") as f:
                status = f.read()
        except FileNotFoundError:
            continue
        if status.startswith("Name:\tikemgr\n"):
            return int(re.search(r"VmRSS:\s+(\d+)", status)[1])
    return 0


def sas():
    _, out = run(["cmap", "-n", "ga", "-j", "sa", "show"])
    return len(json.loads(out or "[]"))


class Samples:
    """Memory and numbers of SAs, as time goes by"""

    def __init__(self, ours):
        self.ours, self.memory, self.sas, self.ike = ours, [], [], []
        self.begin = time.monotonic()
        self.spis, self.conns = set(), set()

    def take(self):
        _, out = run(["cmap", "-n", "ga", "-j", "show", "crypto", "isakmp", "sa"])
        try:
            ike = [sa for sa in json.loads(out) if not sa["deleted"]]
        except json.JSONDecodeError:
            return
        self.conns |= {sa["conn_id"] for sa in ike if sa["conn_id"]}
        _, out = run(["cmap", "-n", "ga", "-j", "sa", "show"])
        self.spis |= {sa["spi"] for sa in json.loads(out or "[]")}
        self.memory.append(memory(self.ours))
        self.sas.append(sas())
        self.ike.append(len(ike))
        say(f"# {time.monotonic() - self.begin:.0f} s: {self.memory[-1]} KiB, {self.sas[-1]} SAs, {self.ike[-1]} IKE SAs")


def pause(seconds, samples):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        samples.take()
        time.sleep(max(0, min(SAMPLE, end - time.monotonic())))


def result(good, text, detail=""):
    say(f"{int(not good)}\t{text}" + ("" if good else f": {detail}"))


def main():
    folder, seconds = sys.argv[1], int(sys.argv[2])
    peer, ours = Charon("gb", os.path.join(folder, "charon")), Ours("ga", os.path.join(folder, "ikemgr"))
    interop.DEBUG = debug = Debug("ga", os.path.join(folder, "debug"))
    shutil.copy(os.path.join(folder, "b.conf"), peer.conf)
    shutil.copy(os.path.join(folder, "a.conf"), ours.conf)
    daemons = [peer, ours, debug]
    try:
        peer.start()
        ours.start()
        say(f"# peer strongswan: {peer.version()}")
        soak(seconds, peer, ours, debug, folder)
    finally:
        for daemon in daemons:
            daemon.kill()


def soak(seconds, peer, ours, debug, folder):
    _, out = run(["ip", "netns", "exec", "ha", "ping", "-c", "20", "-i", "0.2", "-W", "28", HOSTS["hb"]], 90)
    result(" 0 received" not in out, "the tunnel comes up", out)
    lost_before = netem_dropped("a"), netem_dropped("b")
    xfrm_before = xfrm("In"), xfrm("Out")
    ours_before, clear_before = ours_dropped(), clear_dropped()
    samples = Samples(ours)
    out_flow, in_flow = Flow("ha", "hb"), Flow("hb", "ha")

    pause(seconds / 3, samples)
    before = ours_dropped()
    result(before == ours_before, "the first third: no packet was dropped here", f"{ours_before} before, {before} after")
    say("# ikemgr is killed and started again")
    ours.kill()
    ours.start()
    pause(seconds / 3, samples)
    after = ours_dropped()
    result(after == before, "ikemgr was killed and started again: no packet was dropped here", f"{before} before, {after} after")
    say("# the peer's daemon is restarted")
    peer.stop()
    peer.start()
    good, why = False, ""
    for _ in range(3):
        good, why = peer.ask("initiate", {"ike": "net2net", "child": "net", "timeout": 30000}, timeout=60)[0]["success"] == "yes", ""
        if good:
            break
    result(good, "the peer's daemon was restarted, and brings the tunnel up", why)
    window = ours_dropped()
    pause(seconds / 3, samples)
    result(ours_dropped() == window, "the last third: no packet was dropped here", f"{window} before, {ours_dropped()} after")
    for flow in (out_flow, in_flow):
        flow.stop()

    def more(now, then):
        return {name: n - then.get(name, 0) for name, n in now.items() if n - then.get(name, 0)}
    netem = netem_dropped("b") - lost_before[1], netem_dropped("a") - lost_before[0]
    theirs = more(xfrm("In"), xfrm_before[0]), more(xfrm("Out"), xfrm_before[1])
    here, clear = more(ours_dropped(), ours_before), clear_dropped() - clear_before
    lost = len(out_flow.lost()), len(in_flow.lost())
    say(f"# out: {out_flow.sent} sent, {out_flow.received()} received, {lost[0]} lost: netem {netem[0]}, the peer's kernel {theirs[0]}, here {here}")
    say(f"# in: {in_flow.sent} sent, {in_flow.received()} received, {lost[1]} lost: netem {netem[1]}, the peer's kernel {theirs[1]}, in clear from it {clear}")
    away = more(window, after)
    no_sa = sum(away.get(name, 0) for name in ("no-sa", "hold-timeout", "teardown"))
    result(lost[0] == netem[0] + sum(theirs[0].values()) + no_sa,
           "out: each lost packet is one that netem or the peer's kernel dropped, or that found no SA while the peer was away",
           f"{lost[0]} lost, {netem[0]} by netem, {theirs[0]}, {here}; last ones {out_flow.lost()[-20:]}")
    # Those that were on their way when the peer's delete was heard
    late = away.get("invalid-spi", 0)
    result(lost[1] == netem[1] + sum(theirs[1].values()) + clear + late,
           "in: each lost packet is one that netem or the peer's kernel dropped, or that the peer sent in clear while its daemon was away, "
           "or just before it deleted its SA",
           f"{lost[1]} lost, {netem[1]} by netem, {theirs[1]}, {clear} in clear, {here}; last ones {in_flow.lost()[-20:]}")
    for name, flow in (("out", out_flow), ("in", in_flow)):
        result(not (flow.duplicates or flow.corrupt), f"{name}: no packet came twice or changed", f"{flow.duplicates}, {flow.corrupt}")
    result(len(samples.spis) >= 2 * seconds // 25, f"SAs were made anew again and again: {len(samples.spis)} of them were seen", seconds)
    result(len(samples.conns) >= max(1, seconds // 150), f"so were IKE SAs: {len(samples.conns)}", seconds)
    third = len(samples.memory) // 3
    result(max(samples.sas) <= 12 and max(samples.ike) <= 4, f"never more than {max(samples.sas)} SAs and {max(samples.ike)} IKE SAs at a time")
    early, late = max(samples.memory[third:2 * third]), max(samples.memory[2 * third:])
    result(late <= early + GROWTH, f"memory is flat: {early} KiB in the second third, {late} in the last", samples.memory)
    debug.stop()
    status = ours.stop()
    result(status == 0, "ikemgr ends cleanly", (status, ours.log_since(0)[-40:]))
    peer.stop()


if __name__ == "__main__":
    main()
