/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints, for perf, bpftrace and tracefs: cmap:cmap_out, cmap_in,
 * cmap_drop, cmap_acquire and cmap_sa. Addresses are kept as socket addresses,
 * as the stack's own tracepoints do. They cost a no-op each as long as nobody
 * looks.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM cmap

#if !defined(CMAP_TRACE_CMAP_H) || defined(TRACE_HEADER_MULTI_READ)
#define CMAP_TRACE_CMAP_H

#include <linux/in6.h>
#include <linux/tracepoint.h>
#include "cryptomap.h"
#include "ring.h"

/* so that perf can read the formats below */
TRACE_DEFINE_ENUM(IPPROTO_AH);
TRACE_DEFINE_ENUM(CMAP_DIR_OUT);
TRACE_DEFINE_ENUM(CMAP_CMD_EV_SA_NEW);
TRACE_DEFINE_ENUM(CMAP_CMD_EV_SA_DEL);
TRACE_DEFINE_ENUM(CMAP_CMD_EV_SOFT_EXPIRE);
TRACE_DEFINE_ENUM(CMAP_CMD_EV_HARD_EXPIRE);

#ifndef CMAP_TRACE_HELPERS
#define CMAP_TRACE_HELPERS

#define CMAP_TRACE_END	sizeof(struct sockaddr_in6)
#define CMAP_TRACE_WORD	24

static inline void cmap_trace_end(void *to, u8 family, const union cmap_addr *addr, u16 port)
{
	struct sockaddr_in6 *six = to;
	struct sockaddr_in *four = to;

	memset(to, 0, CMAP_TRACE_END);
	if (family == AF_INET6) {
		six->sin6_family = AF_INET6;
		six->sin6_port = htons(port);
		six->sin6_addr = addr->ip6;
	} else {
		four->sin_family = AF_INET;
		four->sin_port = htons(port);
		four->sin_addr.s_addr = addr->ip;
	}
}

static inline void cmap_trace_flow(void *saddr, void *daddr, const struct cmap_flow *flow)
{
	cmap_trace_end(saddr, flow->family, &flow->saddr, flow->sport);
	cmap_trace_end(daddr, flow->family, &flow->daddr, flow->dport);
}
#endif

/* A packet that was protected, or that was received and goes on: its inner 5-tuple, and its SA */
DECLARE_EVENT_CLASS(cmap_packet,
	TP_PROTO(const struct cmap_sa *sa, const struct cmap_flow *flow, unsigned int len,
		 u64 number),
	TP_ARGS(sa, flow, len, number),
	TP_STRUCT__entry(
		__field(u8, protocol)
		__array(u8, saddr, CMAP_TRACE_END)
		__array(u8, daddr, CMAP_TRACE_END)
		__field(unsigned int, len)
		__field(u8, ipsec)
		__field(u32, spi)
		__array(u8, peer, CMAP_TRACE_END)
		__field(u64, number)
	),
	TP_fast_assign(
		__entry->protocol = flow->protocol;
		cmap_trace_flow(__entry->saddr, __entry->daddr, flow);
		__entry->len = len;
		__entry->ipsec = sa->key.proto;
		__entry->spi = ntohl(sa->key.spi);
		cmap_trace_end(__entry->peer, sa->key.family, cmap_sa_peer(sa), 0);
		__entry->number = number;
	),
	TP_printk("protocol %u %pISpc > %pISpc len %u %s spi 0x%08x peer %pISc number %llu",
		  __entry->protocol, __entry->saddr, __entry->daddr, __entry->len,
		  __entry->ipsec == IPPROTO_AH ? "ah" : "esp", __entry->spi, __entry->peer,
		  __entry->number)
);

DEFINE_EVENT(cmap_packet, cmap_out,
	TP_PROTO(const struct cmap_sa *sa, const struct cmap_flow *flow, unsigned int len,
		 u64 number),
	TP_ARGS(sa, flow, len, number)
);

DEFINE_EVENT(cmap_packet, cmap_in,
	TP_PROTO(const struct cmap_sa *sa, const struct cmap_flow *flow, unsigned int len,
		 u64 number),
	TP_ARGS(sa, flow, len, number)
);

/* A packet that was not delivered: by its inner 5-tuple, or else its outer addresses */
TRACE_EVENT(cmap_drop,
	TP_PROTO(const struct cmap_drop_record *rec),
	TP_ARGS(rec),
	TP_STRUCT__entry(
		__field(u8, code)
		__array(char, reason, CMAP_TRACE_WORD)
		__field(bool, in)
		__field(int, ifindex)
		__field(u8, protocol)
		__array(u8, saddr, CMAP_TRACE_END)
		__array(u8, daddr, CMAP_TRACE_END)
		__field(unsigned int, len)
		__field(u32, spi)
		__field(u64, number)
	),
	TP_fast_assign(
		__entry->code = rec->reason;
		strscpy(__entry->reason, cmap_drop_name(rec->reason), CMAP_TRACE_WORD);
		__entry->in = rec->in;
		__entry->ifindex = rec->ifindex;
		if (rec->flow.family) {
			__entry->protocol = rec->flow.protocol;
			cmap_trace_flow(__entry->saddr, __entry->daddr, &rec->flow);
		} else {
			__entry->protocol = rec->key.proto;
			cmap_trace_end(__entry->saddr, rec->key.family, &rec->saddr, 0);
			cmap_trace_end(__entry->daddr, rec->key.family, &rec->key.daddr, 0);
		}
		__entry->len = rec->len;
		__entry->spi = ntohl(rec->key.spi);
		__entry->number = rec->number;
	),
	TP_printk("%s %s ifindex %d protocol %u %pISpc > %pISpc len %u spi 0x%08x number %llu",
		  __entry->in ? "in" : "out", __entry->reason, __entry->ifindex,
		  __entry->protocol, __entry->saddr, __entry->daddr, __entry->len, __entry->spi,
		  __entry->number)
);

/* An SA was asked for */
TRACE_EVENT(cmap_acquire,
	TP_PROTO(const struct cmap_rule *rule, int ifindex, const struct cmap_flow *flow),
	TP_ARGS(rule, ifindex, flow),
	TP_STRUCT__entry(
		__field(int, ifindex)
		__field(u32, line)
		__field(u8, protocol)
		__array(u8, saddr, CMAP_TRACE_END)
		__array(u8, daddr, CMAP_TRACE_END)
	),
	TP_fast_assign(
		__entry->ifindex = ifindex;
		__entry->line = READ_ONCE(rule->index) + 1;
		__entry->protocol = flow->protocol;
		cmap_trace_flow(__entry->saddr, __entry->daddr, flow);
	),
	TP_printk("ifindex %d line %u protocol %u %pISpc > %pISpc", __entry->ifindex,
		  __entry->line, __entry->protocol, __entry->saddr, __entry->daddr)
);

/* An SA came, went, or is at one of its ends: @event is enum cmap_cmd's EV_* */
TRACE_EVENT(cmap_sa,
	TP_PROTO(const struct cmap_sa *sa, u8 event),
	TP_ARGS(sa, event),
	TP_STRUCT__entry(
		__field(u8, event)
		__field(u8, dir)
		__field(u8, ipsec)
		__field(u32, spi)
		__array(u8, saddr, CMAP_TRACE_END)
		__array(u8, daddr, CMAP_TRACE_END)
		__field(u32, conn_id)
	),
	TP_fast_assign(
		__entry->event = event;
		__entry->dir = sa->dir;
		__entry->ipsec = sa->key.proto;
		__entry->spi = ntohl(sa->key.spi);
		cmap_trace_end(__entry->saddr, sa->key.family, &sa->saddr, 0);
		cmap_trace_end(__entry->daddr, sa->key.family, &sa->key.daddr, 0);
		__entry->conn_id = sa->conn_id;
	),
	TP_printk("%s %s %s spi 0x%08x %pISc > %pISc conn-id %u",
		  __entry->event == CMAP_CMD_EV_SA_NEW ? "new" :
		  __entry->event == CMAP_CMD_EV_SA_DEL ? "del" :
		  __entry->event == CMAP_CMD_EV_SOFT_EXPIRE ? "soft-expire" :
		  __entry->event == CMAP_CMD_EV_HARD_EXPIRE ? "hard-expire" : "idle",
		  __entry->dir == CMAP_DIR_OUT ? "out" : "in",
		  __entry->ipsec == IPPROTO_AH ? "ah" : "esp", __entry->spi, __entry->saddr,
		  __entry->daddr, __entry->conn_id)
);

#endif /* CMAP_TRACE_CMAP_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace_cmap
#include <trace/define_trace.h>
