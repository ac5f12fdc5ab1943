/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * In: lines of extended access lists. Out: statements with their rules.
 *
 * Lists serve NAT and filters too, and those may hold what a crypto map cannot
 * use. So every message about a list hangs on the list: it counts only if a
 * crypto map matches that list.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/match.h"

#define PORTS_MAX 10		/* IOS: ports after eq and neq */
#define SEQ_STEP 10

/** struct ports - one end's ports as ranges; none: any */
struct ports {
	uint16_t low[PORTS_MAX + 1], high[PORTS_MAX + 1];
	unsigned int count;
	bool open;		/* not single ports: IKEv1 cannot say it */
};

struct end {
	struct config_side side;
	struct ports ports;
};

/** struct line - one line being read: where we are, of which family, and the text as a router shows it */
struct line {
	size_t i;
	bool six;
	const char *text;
};

static const struct match_choice action[] = {
	{ "permit", 1, NULL }, { "deny", 0, NULL }, { NULL, 0, NULL },
};

static const struct match_choice protocol[] = {
	{ "ip", 0, "any Internet protocol" }, { "icmp", 1, "Internet Control Message Protocol" },
	{ "tcp", 6, "Transmission Control Protocol" }, { "udp", 17, "User Datagram Protocol" },
	{ "gre", 47, "Cisco's GRE tunneling" }, { "esp", 50, "Encapsulation Security Payload" },
	{ "ahp", 51, "Authentication Header Protocol" }, { "igmp", 2, NULL }, { "ipinip", 4, NULL }, { "eigrp", 88, NULL },
	{ "ospf", 89, NULL }, { "nos", 94, NULL }, { "pim", 103, NULL }, { "pcp", 108, NULL }, { "sctp", 132, NULL },
	{ NULL, 0, NULL },
};

static const struct match_choice protocol6[] = {
	{ "ipv6", 0, "any IPv6" }, { "icmp", 58, "Internet Control Message Protocol" },
	{ "tcp", 6, "Transmission Control Protocol" }, { "udp", 17, "User Datagram Protocol" },
	{ "esp", 50, "Encapsulation Security Payload" }, { "ahp", 51, "Authentication Header Protocol" },
	{ "pcp", 108, NULL }, { "sctp", 132, NULL }, { NULL, 0, NULL },
};

enum { OP_EQ, OP_NEQ, OP_LT, OP_GT, OP_RANGE };
static const struct match_choice operator[] = {
	{ "eq", OP_EQ, NULL }, { "neq", OP_NEQ, NULL }, { "lt", OP_LT, NULL }, { "gt", OP_GT, NULL }, { "range", OP_RANGE, NULL },
	{ NULL, 0, NULL },
};

enum { END_ANY, END_HOST, END_GROUP };
static const struct match_choice end_word[] = {
	{ "any", END_ANY, NULL }, { "host", END_HOST, NULL }, { "object-group", END_GROUP, NULL }, { NULL, 0, NULL },
};

#define TCP 1
#define UDP 2
static const struct {
	const char *word;
	uint16_t port;
	int protocols;
} port_name[] = {
	{ "bgp", 179, TCP }, { "biff", 512, UDP }, { "bootpc", 68, UDP }, { "bootps", 67, UDP }, { "chargen", 19, TCP },
	{ "cmd", 514, TCP }, { "daytime", 13, TCP }, { "discard", 9, TCP | UDP }, { "dnsix", 195, UDP },
	{ "domain", 53, TCP | UDP }, { "echo", 7, TCP | UDP }, { "exec", 512, TCP }, { "finger", 79, TCP }, { "ftp", 21, TCP },
	{ "ftp-data", 20, TCP }, { "gopher", 70, TCP }, { "hostname", 101, TCP }, { "ident", 113, TCP }, { "irc", 194, TCP },
	{ "isakmp", 500, UDP }, { "klogin", 543, TCP }, { "kshell", 544, TCP }, { "login", 513, TCP }, { "lpd", 515, TCP },
	{ "mobile-ip", 434, UDP }, { "nameserver", 42, UDP }, { "netbios-dgm", 138, UDP }, { "netbios-ns", 137, UDP },
	{ "netbios-ss", 139, UDP }, { "nntp", 119, TCP }, { "non500-isakmp", 4500, UDP }, { "ntp", 123, UDP },
	{ "pim-auto-rp", 496, TCP | UDP }, { "pop2", 109, TCP }, { "pop3", 110, TCP }, { "rip", 520, UDP },
	{ "smtp", 25, TCP }, { "snmp", 161, UDP }, { "snmptrap", 162, UDP }, { "sunrpc", 111, TCP | UDP },
	{ "syslog", 514, TCP | UDP }, { "tacacs", 49, TCP | UDP }, { "talk", 517, TCP | UDP }, { "telnet", 23, TCP },
	{ "tftp", 69, UDP }, { "time", 37, TCP | UDP }, { "uucp", 540, TCP }, { "who", 513, UDP }, { "whois", 43, TCP },
	{ "www", 80, TCP }, { "xdmcp", 177, UDP },
};

#define PORT_NAMES (sizeof(port_name) / sizeof(port_name[0]))

__attribute__((format(printf, 3, 4)))
static void add_text(struct reader *r, struct line *l, const char *fmt, ...)
{
	const char *more;
	va_list ap;

	va_start(ap, fmt);
	more = arena_vformat(r->c->arena, fmt, ap);
	va_end(ap);
	l->text = arena_format(r->c->arena, "%s%s", l->text, more);
}

/* ---- ports ---- */

static int port_protocols(uint8_t proto)
{
	return proto == 6 ? TCP : proto == 17 ? UDP : 0;
}

static bool has_ports(uint8_t proto)
{
	return proto == 6 || proto == 17 || proto == 132;
}

/* Word @i as a port by number or name; false: it is none (reported unless @quiet). */
static bool port(struct reader *r, size_t i, uint8_t proto, bool quiet, uint16_t *out)
{
	struct match_choice choice[PORT_NAMES + 1];
	const struct match_choice *c;
	size_t n = 0;
	uint64_t number;

	if (i < r->line->words && reader_number(&r->line->word[i], &number)) {
		*out = (uint16_t)number;
		if (number > 65535)
			reader_error(r, i, "out of range; expected <0-65535>");
		return number <= 65535;
	}
	for (size_t p = 0; p < PORT_NAMES; p++)
		if (port_name[p].protocols & port_protocols(proto))
			choice[n++] = (struct match_choice){ port_name[p].word, port_name[p].port, NULL };
	choice[n] = (struct match_choice){ NULL, 0, NULL };
	c = i < r->line->words ? match_choose(r, i, choice, NULL, true) : NULL;
	if (c)
		*out = (uint16_t)c->value;
	else if (!quiet)
		reader_error(r, i, "%s; expected a port: <0-65535> or a name such as %s",
			     i < r->line->words ? "no port" : "incomplete command", proto == 17 ? "isakmp" : "www");
	return c != NULL;
}

static void add_port_text(struct reader *r, struct line *l, uint8_t proto, uint16_t number)
{
	for (size_t p = 0; p < PORT_NAMES; p++) {
		if (port_name[p].port != number || !(port_name[p].protocols & port_protocols(proto)))
			continue;
		add_text(r, l, " %s", port_name[p].word);
		return;
	}
	add_text(r, l, " %u", number);
}

static int by_number(const void *a, const void *b)
{
	return (int)*(const uint16_t *)a - (int)*(const uint16_t *)b;
}

static void add_range(struct ports *out, unsigned int low, unsigned int high)
{
	if (low > high || !high)	/* port 0 is in no packet, and 0 to 0 would read as any */
		return;
	out->low[out->count] = (uint16_t)low;
	out->high[out->count++] = (uint16_t)high;
}

static void all_but(struct ports *out, uint16_t *number, unsigned int n)
{
	unsigned int next = 0;

	qsort(number, n, sizeof(*number), by_number);
	for (unsigned int i = 0; i < n; i++) {
		if (number[i])
			add_range(out, next, number[i] - 1u);
		next = number[i] + 1u;
	}
	add_range(out, next, 65535);
}

/* "eq 80 443", "range 1 9" ... or nothing. false: reported. */
static bool ports(struct reader *r, struct line *l, uint8_t proto, struct ports *out)
{
	const struct match_choice *op;
	uint16_t number[PORTS_MAX];
	unsigned int n = 0, max;

	if (!has_ports(proto) || l->i >= r->line->words)
		return true;
	op = match_choose(r, l->i, operator, NULL, true);
	if (!op)
		return true;
	max = op->value == OP_RANGE ? 2 : op->value == OP_LT || op->value == OP_GT ? 1 : PORTS_MAX;
	add_text(r, l, " %s", op->word);
	l->i++;
	do {
		if (!port(r, l->i, proto, false, &number[n]))
			return false;
		add_port_text(r, l, proto, number[n++]);
		l->i++;
	} while (n < max && (op->value == OP_RANGE || (l->i < r->line->words && port(r, l->i, proto, true, &number[n]))));
	out->open = op->value != OP_EQ;
	switch (op->value) {
	case OP_EQ:
		for (unsigned int i = 0; i < n; i++)
			add_range(out, number[i], number[i]);
		break;
	case OP_NEQ:
		all_but(out, number, n);
		break;
	case OP_LT:
		if (number[0])
			add_range(out, 0, number[0] - 1u);
		break;
	case OP_GT:
		add_range(out, number[0] + 1u, 65535);
		break;
	default:
		if (number[1] < number[0]) {
			reader_error(r, l->i - 1, "the range ends before it begins; expected a port of at least %u", number[0]);
			return false;
		}
		add_range(out, number[0], number[1]);
		out->open = number[0] != number[1];
		break;
	}
	if (out->count)
		return true;
	reader_error(r, l->i - 1, "no packet has such a port; expected another one");
	return false;
}

/* ---- ends ---- */

static bool contiguous(uint32_t wildcard)
{
	return !(wildcard & (wildcard + 1));
}

/* "A.B.C.D WILDCARD", with what people get wrong about it. */
static bool network(struct reader *r, struct line *l, struct config_side *side)
{
	const struct lexer_line *line = r->line;
	uint32_t addr, wildcard, masked;
	char text[2][ADDR_TEXT];
	struct addr a, w;

	reader_address(&line->word[l->i], &a);
	if (l->i + 1 >= line->words || !reader_address(&line->word[l->i + 1], &w)) {
		reader_error(r, l->i + 1, "%s; expected A.B.C.D (wildcard bits, such as 0.0.0.255)",
			     l->i + 1 >= line->words ? "incomplete command" : "no wildcard");
		return false;
	}
	addr = ntohl(addr_in(&a).s_addr);
	wildcard = ntohl(addr_in(&w).s_addr);
	masked = addr & ~wildcard;
	side->addr = addr_v4((struct in_addr){ htonl(masked) });
	addr_text(&side->addr, text[0]);
	addr_text(&w, text[1]);
	if (!wildcard)
		add_text(r, l, " host %s", text[0]);
	else if (wildcard == UINT32_MAX)
		add_text(r, l, " any");
	else
		add_text(r, l, " %s %s", text[0], text[1]);
	l->i += 2;
	if (!contiguous(wildcard) && contiguous(~wildcard)) {
		struct addr meant = addr_v4((struct in_addr){ htonl(~wildcard) });
		char right[ADDR_TEXT];

		reader_error(r, l->i - 1, "a netmask where wildcard bits belong: a router takes this as %s %s; expected %s",
			     text[0], text[1], addr_text(&meant, right));
		return false;
	}
	if (!contiguous(wildcard)) {
		reader_error(r, l->i - 1, "wildcard bits with gaps cannot be negotiated; expected zeros, then ones, such as 0.0.0.255");
		return false;
	}
	side->prefix = (uint8_t)(32 - __builtin_popcount(wildcard));
	if (wildcard == UINT32_MAX && addr)
		reader_warn(r, l->i - 1, "wildcard bits 255.255.255.255 make this any; a single host is 0.0.0.0");
	else if (!wildcard && !addr)
		reader_warn(r, l->i - 1, "this is the host 0.0.0.0; everything is any, or 0.0.0.0 255.255.255.255");
	else if (masked != addr)
		reader_warn(r, l->i - 2, "bits under the wildcard are cleared: this is %s %s", text[0], text[1]);
	return true;
}

/* "2001:db8::/32" */
static void network6(struct reader *r, struct line *l, struct config_side *side)
{
	struct addr written = side->addr;
	char text[ADDR_TEXT];

	reader_mask_addr(&side->addr, side->prefix);
	if (side->prefix)
		add_text(r, l, " %s/%u", addr_text(&side->addr, text), side->prefix);
	else
		add_text(r, l, " any");
	if (!addr_equal(&written, &side->addr))
		reader_warn(r, l->i, "bits behind the prefix are cleared: this is %s/%u", addr_text(&side->addr, text), side->prefix);
	l->i++;
}

static bool end6(struct reader *r, struct line *l, uint8_t proto, struct end *e)
{
	static const struct match_choice word[] = { { "any", END_ANY, NULL }, { "host", END_HOST, NULL }, { NULL, 0, NULL } };
	const struct lexer_line *line = r->line;
	const struct match_choice *c;
	char text[ADDR_TEXT];

	if (l->i < line->words && reader_prefix6(&line->word[l->i], &e->side.addr, &e->side.prefix)) {
		network6(r, l, &e->side);
		return ports(r, l, proto, &e->ports);
	}
	c = match_choose(r, l->i, word, "X:X::X/N", false);
	if (!c)
		return false;
	l->i++;
	if (c->value == END_ANY) {
		e->side = (struct config_side){ .addr.length = 16 };
		add_text(r, l, " any");
		return ports(r, l, proto, &e->ports);
	}
	if (l->i >= line->words || !reader_address6(&line->word[l->i], &e->side.addr)) {
		reader_error(r, l->i, "%s; expected X:X::X", l->i < line->words ? "no IPv6 address" : "incomplete command");
		return false;
	}
	e->side.prefix = 128;
	add_text(r, l, " host %s", addr_text(&e->side.addr, text));
	l->i++;
	return ports(r, l, proto, &e->ports);
}

static bool end(struct reader *r, struct line *l, uint8_t proto, struct end *e)
{
	const struct lexer_line *line = r->line;
	const struct match_choice *c;
	char text[ADDR_TEXT];

	if (l->six)
		return end6(r, l, proto, e);
	if (l->i < line->words && reader_address(&line->word[l->i], &e->side.addr)) {
		if (!network(r, l, &e->side))
			return false;
		return ports(r, l, proto, &e->ports);
	}
	c = match_choose(r, l->i, end_word, "A.B.C.D (address, wildcard bits follow)", false);
	if (!c)
		return false;
	l->i++;
	switch (c->value) {
	case END_ANY:
		e->side.addr = addr_v4((struct in_addr){ 0 });
		e->side.prefix = 0;
		add_text(r, l, " any");
		break;
	case END_HOST:
		if (l->i >= line->words || !reader_address(&line->word[l->i], &e->side.addr)) {
			reader_error(r, l->i, "%s; expected A.B.C.D",
				     l->i < line->words ? "no address" : "incomplete command");
			return false;
		}
		e->side.prefix = 32;
		add_text(r, l, " host %s", addr_text(&e->side.addr, text));
		l->i++;
		break;
	default:
		reader_error(r, l->i - 1, "object groups are not supported in a crypto access list; expected any, host A.B.C.D or A.B.C.D WILDCARD");
		return false;
	}
	return ports(r, l, proto, &e->ports);
}

/* ---- a line ---- */

/* What may follow the destination. Logging changes nothing; all else would change which packets are meant. */
static bool modifiers(struct reader *r, struct line *l)
{
	static const struct match_choice log[] = {
		{ "log", 0, NULL }, { "log-input", 0, NULL }, { NULL, 0, NULL },
	};

	if (l->i >= r->line->words)
		return true;
	if (match_choose(r, l->i, log, NULL, true)) {
		reader_warn(r, l->i, "logging has no effect in a crypto access list");
		return true;
	}
	reader_error(r, l->i, "not supported in a crypto access list: only protocol, addresses and ports can be negotiated; expected the end of the line");
	return false;
}

static void add_rule(struct reader *r, struct reader_statement *s, bool permit, uint8_t proto, const struct end *from,
		     unsigned int f, const struct end *to, unsigned int t)
{
	struct config_rule *rule = arena_alloc(r->c->arena, sizeof(*rule));

	*rule = (struct config_rule){ .at = reader_here(r), .permit = permit, .protocol = proto, .local = from->side,
		.remote = to->side };
	if (from->ports.count) {
		rule->local.port_lo = from->ports.low[f];
		rule->local.port_hi = from->ports.high[f];
	}
	if (to->ports.count) {
		rule->remote.port_lo = to->ports.low[t];
		rule->remote.port_hi = to->ports.high[t];
	}
	arena_append(r->c->arena, &s->rule, &s->rules, rule);
}

static bool protocol_number(struct reader *r, struct line *l, uint8_t *proto)
{
	const struct match_choice *names = l->six ? protocol6 : protocol, *c;
	uint64_t number;

	if (l->i < r->line->words && reader_number(&r->line->word[l->i], &number)) {
		if (number > 255) {
			reader_error(r, l->i, "out of range; expected <0-255>");
			return false;
		}
		*proto = (uint8_t)number;
		for (c = names; c->word && c->value != *proto; c++)
			;
		if (c->word)
			add_text(r, l, " %s", c->word);
		else
			add_text(r, l, " %u", *proto);
	} else {
		c = match_choose(r, l->i, names, "<0-255>", false);
		if (!c)
			return false;
		*proto = (uint8_t)c->value;
		add_text(r, l, " %s", c->word);
	}
	l->i++;
	return true;
}

/* Words @from.. as "permit ..." or "deny ...". NULL: reported. */
static struct reader_statement *statement(struct reader *r, size_t from, bool six)
{
	struct reader_statement *s = arena_alloc(r->c->arena, sizeof(*s));
	struct line l = { .i = from, .six = six, .text = "" };
	struct end src = { 0 }, dst = { 0 };
	const struct match_choice *act;
	uint8_t proto;

	act = match_choose(r, l.i, action, "remark", false);
	if (!act)
		return NULL;
	l.i++;
	add_text(r, &l, "%s", act->word);
	if (!protocol_number(r, &l, &proto) || !end(r, &l, proto, &src) || !end(r, &l, proto, &dst) || !modifiers(r, &l))
		return NULL;
	for (unsigned int f = 0; f < (src.ports.count ? src.ports.count : 1); f++)
		for (unsigned int t = 0; t < (dst.ports.count ? dst.ports.count : 1); t++)
			add_rule(r, s, act->value, proto, &src, f, &dst, t);
	s->text = l.text;
	s->mark = reader_mark(r, from);
	s->ports_open = act->value && (src.ports.open || dst.ports.open);
	return s;
}

/* ---- lists ---- */

static bool is_list(const struct reader_acl *acl, const struct lexer_word *w, bool six)
{
	return acl->acl.six == six && strlen(acl->acl.name) == w->length && !memcmp(acl->acl.name, w->text, w->length);
}

static struct reader_acl *find(struct reader *r, const struct lexer_word *w, bool six, bool make)
{
	struct reader_acl *acl = r->acl;

	/* Lists come in one piece: the last one is mostly the right one. */
	if (acl && w->length && is_list(acl, w, six))
		return acl;
	for (size_t i = 0; i < r->acl_count; i++) {
		acl = r->acls[i];
		if (is_list(acl, w, six))
			return acl;
	}
	if (!make)
		return NULL;
	acl = arena_alloc(r->c->arena, sizeof(*acl));
	acl->acl.name = reader_string(r, w);
	acl->acl.six = six;
	acl->acl.at = reader_here(r);
	arena_append(r->c->arena, &r->acls, &r->acl_count, acl);
	return acl;
}

static void delete(struct reader *r, struct reader_acl *acl)
{
	for (size_t i = 0; i < r->acl_count; i++) {
		if (r->acls[i] != acl)
			continue;
		arena_remove(&r->acls, &r->acl_count, i);
		break;
	}
	if (r->acl == acl)
		r->acl = NULL;
}

/* Put @s at its place: by sequence, or at the end (@seq 0). */
static void insert(struct reader *r, struct reader_acl *acl, struct reader_statement *s, uint32_t seq)
{
	size_t i;

	s->seq = seq;
	if (!seq)
		s->seq = acl->statements ? acl->statement[acl->statements - 1]->seq + SEQ_STEP : SEQ_STEP;
	arena_append(r->c->arena, &acl->statement, &acl->statements, s);
	for (i = acl->statements - 1; i && acl->statement[i - 1]->seq > s->seq; i--)
		acl->statement[i] = acl->statement[i - 1];
	acl->statement[i] = s;
	if (i && acl->statement[i - 1]->seq == s->seq)
		reader_error(r, r->line->words + 1, "sequence number %u stands already on line %u; expected another one", s->seq,
			     acl->statement[i - 1]->mark.line);
}

/* "[SEQ] permit|deny ..." from word @from on, into the list at hand. */
static void add_line(struct reader *r, struct reader_acl *acl, size_t from)
{
	struct reader_statement *s;
	uint64_t seq = 0;

	if (from < r->line->words && reader_number(&r->line->word[from], &seq)) {
		if (!seq || seq > INT32_MAX) {
			reader_error(r, from, "out of range; expected <1-2147483647>");
			return;
		}
		from++;
	}
	if (from < r->line->words && lexer_is(&r->line->word[from], "remark"))
		return;
	s = statement(r, from, acl->acl.six);
	if (s)
		insert(r, acl, s, (uint32_t)seq);
}

/* "no SEQ", "no permit ...": take a line back. */
static void remove_line(struct reader *r, struct reader_acl *acl, size_t from)
{
	struct reader_statement *s = NULL;
	uint64_t seq = 0;

	if (!reader_number(&r->line->word[from], &seq)) {
		s = statement(r, from, acl->acl.six);
		if (!s)
			return;
	}
	for (size_t i = 0; i < acl->statements; i++) {
		if (s ? strcmp(acl->statement[i]->text, s->text) : acl->statement[i]->seq != seq)
			continue;
		arena_remove(&acl->statement, &acl->statements, i);
		return;
	}
	reader_warn(r, from, "the list has no such line");
}

void acl_numbered(struct reader *r, const struct match_args *a, int data)
{
	struct reader_acl *acl = find(r, a->arg[0].word, false, !a->negate);

	(void)data;
	if (a->negate) {
		/* A router takes the whole list away, whatever follows its number. */
		if (acl && a->tail < r->line->words) {
			r->defer = acl->acl.name;
			reader_error(r, a->tail, "takes back the whole list on a router, not this line alone; expected the end of the line");
		} else if (acl) {
			delete(r, acl);
		}
		return;
	}
	r->acl = acl;
	r->defer = acl->acl.name;
	add_line(r, acl, a->tail);
}

static void named(struct reader *r, const struct match_args *a, bool six)
{
	struct reader_acl *acl = find(r, a->arg[0].word, six, !a->negate);

	if (!a->negate)
		r->acl = acl;
	else if (acl)
		delete(r, acl);
}

void acl_named(struct reader *r, const struct match_args *a, int data)
{
	(void)data;
	named(r, a, false);
}

void acl_six(struct reader *r, const struct match_args *a, int data)
{
	(void)data;
	named(r, a, true);
}

/* IPv6 lists have the word "sequence" before their numbers, @word of them. */
void acl_line(struct reader *r, const struct match_args *a, int word)
{
	r->defer = r->acl->acl.name;
	if (a->negate)
		remove_line(r, r->acl, 1 + (size_t)word);
	else
		add_line(r, r->acl, (size_t)word);
}

void acl_remark(struct reader *r, const struct match_args *a, int data)
{
	(void)r;
	(void)a;
	(void)data;
}
