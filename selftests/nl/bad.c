/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * usage: nl_bad [SEED]
 *
 * Requests of the genetlink family "cryptomap" that must be refused. A good
 * request of every command is a tree of attributes; each attribute in it, at
 * every depth, is left out, given twice, made too short and too long, given a
 * length that lies, and so on; a table adds what contradicts itself. Every
 * refusal must come with the right errno, a text, and the offset of the
 * attribute at fault (uapi header: "Every refusal carries ..."), and nothing
 * in the kernel may change by it. Then good requests change at random, 4000 of
 * them.
 *
 * Works in a new network namespace of its own. Prints one result a line:
 * "0 TEXT" for passed, "1 TEXT" for failed (netlink.sh makes TAP of it).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/cryptomap.h>
#include <linux/genetlink.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "bad.h"
#include "good.h"
#include "talk.h"

static unsigned int failed;

bool result(bool good, const char *format, ...)
{
	va_list arguments;

	failed += !good;
	printf("%d\t", !good);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
	return good;
}

unsigned int build(const struct request *r)
{
	unsigned int length = talk_begin(talk_buffer, talk_family, r->command, CMAP_GENL_VERSION,
				    (r->flags & NLM_F_DUMP) == NLM_F_DUMP ? r->flags : r->flags | NLM_F_ACK);

	for (unsigned int i = 0; i < r->root.kids; i++)
		length += node_put(talk_buffer + length, r->root.kid[i]);
	return length;
}

/* --- what must be refused -------------------------------------------------------------------------------------------- */

void refused(const struct request *r, int error, int or_error, const char *text, bool offset, const char *what)
{
	unsigned int length = build(r);
	struct answer answer = talk_ask(length, NULL, NULL);
	bool good = (answer.error == error || (or_error && answer.error == or_error)) && answer.text[0] &&
		    (!text || strstr(answer.text, text)) && (!offset || (answer.offset >= NLMSG_HDRLEN + GENL_HDRLEN &&
									  answer.offset < length));

	result(good, "%s: %s: %s%s%s%s", r->name, what, answer.error ? strerror(answer.error) : "accepted",
	       answer.text[0] ? ", " : "", answer.text, offset && !answer.offset ? " (no offset)" : "");
}

/* Left out it contradicts another attribute; what the kernel then says is in the tables below. */
static bool goes_with_another(const struct request *r, uint16_t type)
{
	switch (type) {
	case CMAP_A_AUTH:
		/* AH has nothing else to go with. */
		return node_find((struct node *)&r->root, CMAP_A_CIPHER);
	case CMAP_A_CIPHER_KEY:
	case CMAP_A_AUTH_KEY:
	case CMAP_A_LIFE_HARD_SECONDS:
	case CMAP_A_LIFE_HARD_BYTES:
		return true;
	case CMAP_A_ENCAP_SPORT:
	case CMAP_A_ENCAP_DPORT:
		return r->command != CMAP_CMD_SA_MOVE;
	}
	return false;
}

static void harmed(struct request *r, struct node *node, const char *where, bool top)
{
	char what[256];

	for (enum harm h = HARM_GONE; h < HARM_LAST; h++) {
		if (h == HARM_GONE && node->optional)
			continue;
		if (h == HARM_TWICE && node->repeats)
			continue;
		node->harm = h;
		snprintf(what, sizeof(what), "%s%s %s", where, node->name, harm_names[h]);
		/* An entry may have no rules: it protects nothing. */
		if ((node->type == CMAP_A_RULES && h == HARM_EMPTY && top) || (node->type == CMAP_A_RULE && h == HARM_GONE))
			continue;
		if (h == HARM_GONE && top && !goes_with_another(r, node->type)) {
			struct answer answer = talk_ask(build(r), NULL, NULL);

			result(answer.error == EINVAL && strstr(answer.text, node->name) && answer.missing == node->type,
			       "%s: %s: %s, %s, missing type %d", r->name, what, strerror(answer.error), answer.text,
			       answer.missing);
		} else {
			/* The core points nowhere when bytes are left over behind the last attribute it can read. */
			refused(r, EINVAL, ERANGE, NULL, !(r->flags & NLM_F_DUMP) && h != HARM_LIE_BEYOND &&
				h != HARM_LIE_HEADER && h != HARM_SHORT && h != HARM_LONG && h != HARM_HUGE, what);
		}
		node->harm = HARM_NONE;
	}
}

/* Every attribute below @in in every way */
static void harm_all(struct request *r, struct node *in, const char *where, bool top)
{
	char below[200];

	for (unsigned int i = 0; i < in->kids; i++) {
		harmed(r, in->kid[i], where, top);
		if (!in->kid[i]->nest)
			continue;
		snprintf(below, sizeof(below), "%s%s/", where, in->kid[i]->name);
		harm_all(r, in->kid[i], below, false);
	}
}

/* What a command takes beside what its good request has */
static bool takes(const struct request *r, uint16_t type)
{
	static const uint16_t of_get[] = { CMAP_A_MAP_NAME, CMAP_A_PEER_ADDR, CMAP_A_SPI, CMAP_A_PROTO, CMAP_A_DST, 0 };
	static const uint16_t of_new[] = {
		CMAP_A_CIPHER, CMAP_A_CIPHER_KEY, CMAP_A_AUTH, CMAP_A_AUTH_KEY, CMAP_A_REPLAY_WINDOW, CMAP_A_SA_FLAGS,
		CMAP_A_LIFE_SOFT_SECONDS, CMAP_A_LIFE_HARD_SECONDS, CMAP_A_LIFE_SOFT_BYTES, CMAP_A_LIFE_HARD_BYTES,
		CMAP_A_ENCAP_SPORT, CMAP_A_ENCAP_DPORT, CMAP_A_ICV_LEN, CMAP_A_DF, CMAP_A_AH_SPI, CMAP_A_IDLE_SECONDS, 0
	};
	static const uint16_t nothing[] = { 0 };
	const uint16_t *of = r->command == CMAP_CMD_SA_GET ? of_get : r->command == CMAP_CMD_SA_NEW ? of_new : nothing;

	for (; *of; of++)
		if (*of == type)
			return true;
	return node_find((struct node *)&r->root, type);
}

/* Attributes that exist but are not this command's */
static void not_listed(struct request *r)
{
	struct node *extra;
	char what[64];

	for (uint16_t type = 1; type <= CMAP_A_MAX; type++) {
		if (takes(r, type))
			continue;
		extra = node_u32(&r->root, "extra", type, 1);
		snprintf(what, sizeof(what), "with attribute %u, which isn't its own", type);
		refused(r, EINVAL, 0, NULL, true, what);
		r->root.kids--;
		free(extra);
	}
}

static void header(struct request *r)
{
	struct genlmsghdr *generic = NLMSG_DATA((struct nlmsghdr *)talk_buffer);
	struct nlmsghdr *head = (struct nlmsghdr *)talk_buffer;
	struct answer answer;
	unsigned int length;

	length = build(r);
	generic->version = 2;
	answer = talk_ask(length, NULL, NULL);
	result(answer.error == EINVAL && answer.text[0], "%s: version 2: %s", r->name, answer.text);
	length = build(r);
	generic->reserved = 1;
	answer = talk_ask(length, NULL, NULL);
	result(answer.error == EINVAL && answer.text[0], "%s: reserved field not 0: %s", r->name, answer.text);
	length = build(r);
	head->nlmsg_flags |= NLM_F_APPEND;
	answer = talk_ask(length, NULL, NULL);
	result(answer.error == EINVAL && answer.text[0], "%s: NLM_F_APPEND: %s", r->name, answer.text);
	length = build(r);
	memset(talk_buffer + length, 0xff, 4);
	answer = talk_ask(length + 4, NULL, NULL);
	result(answer.error == EINVAL && answer.text[0], "%s: 4 bytes behind its attributes: %s", r->name, answer.text);
	build(r);
	answer = talk_ask(NLMSG_HDRLEN, NULL, NULL);
	result(answer.error == EINVAL, "%s: no genetlink header: %s", r->name, strerror(answer.error));
}

static void torture(struct request *r)
{
	harm_all(r, &r->root, "", true);
	not_listed(r);
	header(r);
	node_release(&r->root);
}

/* What the kernel's state refuses */
static void state_refusals(void)
{
	struct request r;

	good_named(&r, "MAP_DEL", CMAP_CMD_MAP_DEL, "N");
	refused(&r, ENOENT, 0, "no such crypto map", false, "no such map");
	node_set_string(&r.root, CMAP_A_MAP_NAME, "M");
	refused(&r, EBUSY, 0, "interface lo", false, "bound; the interface is named");
	node_release(&r.root);
	good_entry_del(&r, "N");
	refused(&r, ENOENT, 0, "no such crypto map entry", false, "no such map");
	node_release(&r.root);
	good_link_set(&r);
	node_set32(&r.root, CMAP_A_IFINDEX, 0);
	refused(&r, ERANGE, 0, "range", true, "interface 0");
	node_set32(&r.root, CMAP_A_IFINDEX, 4711);
	refused(&r, ENODEV, 0, "no interface", false, "no such interface");
	node_set32(&r.root, CMAP_A_IFINDEX, UINT32_MAX);
	refused(&r, ENODEV, 0, "no interface", false, "interface 4294967295");
	node_set32(&r.root, CMAP_A_IFINDEX, 1);
	node_set16(&r.root, CMAP_A_TCP_MSS, CMAP_TCP_MSS_MIN - 1);
	refused(&r, ERANGE, 0, "range", true, "an MSS of 67 bytes");
	node_set16(&r.root, CMAP_A_TCP_MSS, CMAP_TCP_MSS_MIN);
	node_set_string(&r.root, CMAP_A_MAP_NAME, "N");
	refused(&r, ENOENT, 0, "no such crypto map", false, "no such map");
	node_release(&r.root);
	good_link_del(&r);
	node_set32(&r.root, CMAP_A_IFINDEX, 4711);
	refused(&r, ENOENT, 0, "no crypto map is bound", false, "nothing bound there");
	node_release(&r.root);
	good_sa_key(&r, "SA_ENABLE", CMAP_CMD_SA_ENABLE, 0x1001, "192.0.2.1");
	refused(&r, ENOENT, 0, "no SA", false, "no such SA");
	node_set32(&r.root, CMAP_A_SPI, htonl(0x1000));
	refused(&r, EINVAL, 0, "outbound", false, "an inbound SA");
	node_release(&r.root);
	good_sa_key(&r, "SA_ENABLE", CMAP_CMD_SA_ENABLE, 0x1003, "2001:db8::2");
	node_set8(&r.root, CMAP_A_PROTO, IPPROTO_AH);
	refused(&r, EINVAL, 0, "with its ESP SA", false, "an AH SA of a bundle");
	node_release(&r.root);
	good_sa_move(&r, 0x1001, "192.0.2.1");
	refused(&r, ENOENT, 0, "no SA", false, "no such SA");
	node_set32(&r.root, CMAP_A_SPI, htonl(0x1000));
	node_set16(&r.root, CMAP_A_ENCAP_DPORT, 0);
	refused(&r, EINVAL, 0, "other than 0", true, "to port 0");
	node_release(&r.root);
	good_sa_move(&r, 0x1003, "2001:db8::2");
	node_set8(&r.root, CMAP_A_PROTO, IPPROTO_AH);
	refused(&r, EINVAL, 0, "not UDP-encapsulated", false, "an SA without UDP");
	node_release(&r.root);
	good_sa_key(&r, "SA_DEL", CMAP_CMD_SA_DEL, 0x1001, "192.0.2.1");
	refused(&r, ENOENT, 0, "no SA", false, "no such SA");
	node_release(&r.root);
	good_sa_key(&r, "SA_GET", CMAP_CMD_SA_GET, 0x1001, "192.0.2.1");
	refused(&r, ENOENT, 0, "no SA", false, "no such SA");
	node_may(node_string(&r.root, "MAP_NAME", CMAP_A_MAP_NAME, "M"));
	refused(&r, EINVAL, 0, "dump", true, "one SA with a dump's filter");
	r.flags = NLM_F_DUMP;
	refused(&r, EINVAL, 0, "narrowed", false, "a dump with an SA's key");
	node_release(&r.root);
}

static void trace_contradictions(void)
{
	struct request r;

	good_trace(&r);
	node_set_address(node_find(&r.root, CMAP_A_FLOW), CMAP_FLOW_A_DST, "2001:db8::1");
	refused(&r, EINVAL, 0, "one family", true, "from IPv4 to IPv6");
	node_release(&r.root);
	good_trace(&r);
	node_set8(node_find(&r.root, CMAP_A_FLOW), CMAP_FLOW_A_PROTOCOL, IPPROTO_ICMP);
	refused(&r, EINVAL, 0, "ports need", true, "ports of ICMP");
	node_release(&r.root);
	good_trace(&r);
	node_set32(&r.root, CMAP_A_IFINDEX, 9999);
	refused(&r, ENODEV, 0, "no such interface", false, "an interface that is not there");
	node_release(&r.root);
}

/* The core's own answers: no text, as it never comes to us */
static void wrong_kind(void)
{
	static const struct { const char *what; uint8_t command; uint16_t flags; } table[] = {
		{ "command 0", 0, NLM_F_ACK }, { "command 200", 200, NLM_F_ACK },
		{ "an event as a request", CMAP_CMD_EV_ACQUIRE, NLM_F_ACK },
		{ "a dump of SA_NEW", CMAP_CMD_SA_NEW, NLM_F_DUMP }, { "a dump of STATS_GET", CMAP_CMD_STATS_GET, NLM_F_DUMP },
		{ "ENTRY_GET without a dump", CMAP_CMD_ENTRY_GET, NLM_F_ACK },
		{ "LINK_GET without a dump", CMAP_CMD_LINK_GET, NLM_F_ACK },
		{ "DROPS_GET without a dump", CMAP_CMD_DROPS_GET, NLM_F_ACK }, { "a dump of TRACE", CMAP_CMD_TRACE, NLM_F_DUMP },
	};

	for (unsigned int i = 0; i < sizeof(table) / sizeof(*table); i++) {
		struct answer answer = talk_ask(talk_begin(talk_buffer, talk_family, table[i].command, CMAP_GENL_VERSION, table[i].flags), NULL, NULL);

		result(answer.error == EOPNOTSUPP, "wrong kind: %s: %s", table[i].what, strerror(answer.error));
	}
}

/* --- nothing may have changed ---------------------------------------------------------------------------------------- */

struct state {
	unsigned int messages;
	uint32_t sum;
};

/* Entries and bindings to the byte; of SAs, whose age moves, the number. */
static void see_state(const struct nlmsghdr *head, void *data)
{
	const struct genlmsghdr *generic = NLMSG_DATA(head);
	struct state *state = data;

	state->messages++;
	if (generic->cmd == CMAP_CMD_SA_GET)
		return;
	for (unsigned int i = NLMSG_HDRLEN; i < head->nlmsg_len; i++)
		state->sum = state->sum * 31 + ((const unsigned char *)head)[i];
}

static struct state snapshot(void)
{
	static const uint8_t dumps[] = { CMAP_CMD_ENTRY_GET, CMAP_CMD_LINK_GET, CMAP_CMD_SA_GET };
	struct state state = {};

	for (unsigned int i = 0; i < sizeof(dumps); i++)
		if (talk_ask(talk_begin(talk_buffer, talk_family, dumps[i], CMAP_GENL_VERSION, NLM_F_DUMP), see_state, &state).error)
			talk_die("dump");
	return state;
}

/* --- who may --------------------------------------------------------------------------------------------------------- */

static const uint8_t every_command[] = {
	CMAP_CMD_ENTRY_SET, CMAP_CMD_ENTRY_DEL, CMAP_CMD_ENTRY_GET, CMAP_CMD_MAP_DEL, CMAP_CMD_LINK_SET, CMAP_CMD_LINK_DEL,
	CMAP_CMD_LINK_GET, CMAP_CMD_SPI_ALLOC, CMAP_CMD_SA_NEW, CMAP_CMD_SA_ENABLE, CMAP_CMD_SA_MOVE, CMAP_CMD_SA_DEL,
	CMAP_CMD_SA_GET, CMAP_CMD_SA_FLUSH, CMAP_CMD_STATS_GET, CMAP_CMD_DROPS_GET, CMAP_CMD_TRACE,
};

static void nobody_may(const char *who)
{
	int error;

	for (unsigned int i = 0; i < sizeof(every_command); i++) {
		uint8_t c = every_command[i];
		bool dumps = c == CMAP_CMD_ENTRY_GET || c == CMAP_CMD_LINK_GET || c == CMAP_CMD_SA_GET ||
			     c == CMAP_CMD_DROPS_GET;
		struct answer answer;

		answer = talk_ask(talk_begin(talk_buffer, talk_family, c, CMAP_GENL_VERSION, dumps ? NLM_F_DUMP : NLM_F_ACK), NULL, NULL);
		result(answer.error == EPERM, "%s: command %u: %s", who, c, strerror(answer.error));
	}
	for (unsigned int i = 0; i < TALK_GROUPS; i++) {
		error = talk_join(i);
		result(error == EPERM, "%s: joining the group \"%s\": %s", who, talk_group_names[i], strerror(error));
	}
}

/* Run @as in a child that is somebody else; its count of failures comes back. */
static void as_somebody(void (*as)(void))
{
	unsigned int before = failed;
	int status;

	fflush(stdout);
	switch (fork()) {
	case -1:
		talk_die("fork");
	case 0:
		talk_close();
		as();
		fflush(stdout);
		_exit(failed - before ? 1 : 0);
	}
	if (wait(&status) < 0 || !WIFEXITED(status) || WEXITSTATUS(status))
		failed++;
}

static void as_user(void)
{
	if (setgid(65534) || setuid(65534))
		talk_die("setuid");
	talk_open();
	nobody_may("a user");
}

static void as_root_of_another_user_namespace(void)
{
	if (unshare(CLONE_NEWUSER)) {
		result(true, "user namespaces: not on this kernel (%s)", strerror(errno));
		return;
	}
	talk_open();
	nobody_may("root of a user namespace that does not own the network namespace");
}

static void as_root_of_own_namespaces(void)
{
	struct answer answer;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET)) {
		result(true, "user namespaces: not on this kernel (%s)", strerror(errno));
		return;
	}
	talk_open();
	answer = talk_ask(talk_begin(talk_buffer, talk_family, CMAP_CMD_STATS_GET, CMAP_GENL_VERSION, NLM_F_ACK), NULL, NULL);
	result(!answer.error, "root of the owning user namespace: may: %s", strerror(answer.error));
	for (unsigned int i = 0; i < TALK_GROUPS; i++)
		result(!talk_join(i), "root of the owning user namespace: may join the group \"%s\"", talk_group_names[i]);
}

/* --- random ---------------------------------------------------------------------------------------------------------- */

static void random_request(struct request *r)
{
	switch (random() % 12) {
	case 0: case 1: good_entry_set(r, "R", random() % 2); r->flags = random() % 2 ? NLM_F_CREATE | NLM_F_REPLACE : 0; break;
	case 2: case 3: case 4: good_sa_new(r, random() % 2, 0x2000 + random() % 8); break;
	case 5: good_sa_key(r, "SA_DEL", CMAP_CMD_SA_DEL, 0x2000 + random() % 8, "192.0.2.1"); break;
	case 6: good_sa_flush(r); break;
	case 7: good_sa_gcm(r, random() % 2, 0x2000 + random() % 8);
		if (random() % 2)
			node_u32(&r->root, "AH_SPI", CMAP_A_AH_SPI, htonl(0x2000 + random() % 8));
		break;
	case 8: good_sa_ah(r, random() % 2, 0x2000 + random() % 8); break;
	case 9: good_entry_del(r, "R"); break;
	case 10: good_sa_key(r, "SA_ENABLE", CMAP_CMD_SA_ENABLE, 0x2000 + random() % 8, "198.51.100.1"); break;
	default: good_spi_alloc(r);
	}
}

/* One attribute, at any depth, is left out, given twice, or otherwise harmed. */
static void harm_one(struct node *in)
{
	struct node *node = in->kids ? in->kid[random() % in->kids] : NULL;

	if (!node)
		return;
	if (node->nest && random() % 2)
		harm_one(node);
	else
		node->harm = random() % HARM_LAST;
}

/*
 * Good requests are harmed in their trees, and random bytes of them change.
 * Whatever the kernel says to that is right, as long as a refusal by us has a
 * text; it must still be there after.
 */
static void random_changes(unsigned int seed, unsigned int rounds)
{
	unsigned int accepted = 0, refusals = 0, mute = 0, i;

	srandom(seed);
	for (i = 0; i < rounds; i++) {
		struct answer answer;
		struct request r;
		unsigned int length;

		random_request(&r);
		if (random() % 3 == 0)
			harm_one(&r.root);
		length = build(&r);
		for (int n = random() % 5; n > 0; n--) {
			unsigned int at = NLMSG_HDRLEN + GENL_HDRLEN + random() % (length - NLMSG_HDRLEN - GENL_HDRLEN);

			talk_buffer[at] = random() % 3 ? (unsigned char)(1 << random() % 8) ^ talk_buffer[at] : random();
		}
		answer = talk_ask(length, NULL, NULL);
		accepted += !answer.error;
		refusals += answer.error != 0;
		mute += answer.error && !answer.text[0];
		node_release(&r.root);
	}
	result(!mute && refusals, "random: %u requests changed at random (seed %u): %u accepted, %u refused, %u of them without a text",
	       i, seed, accepted, refusals, mute);
}

/* --- all ------------------------------------------------------------------------------------------------------------- */

static void good(void (*make)(struct request *r))
{
	struct answer answer;
	struct request r;

	make(&r);
	answer = talk_ask(build(&r), NULL, NULL);
	result(!answer.error, "%s: a good one is accepted: %s", r.name, answer.text);
	node_release(&r.root);
}

static void make_entry(struct request *r) { good_entry_set(r, "M", true); }
static void make_in(struct request *r) { good_sa_new(r, CMAP_DIR_IN, 0x1000); }
static void make_out(struct request *r) { good_sa_new(r, CMAP_DIR_OUT, 0x1000); node_set32(&r->root, CMAP_A_SA_FLAGS, CMAP_SA_F_STANDBY); }
static void make_gcm_in(struct request *r) { good_sa_gcm(r, CMAP_DIR_IN, 0x1002); }
static void make_ah_in(struct request *r) { good_sa_ah(r, CMAP_DIR_IN, 0x1003); }
static void make_bundled_in(struct request *r) { good_sa_gcm(r, CMAP_DIR_IN, 0x1004); node_u32(&r->root, "AH_SPI", CMAP_A_AH_SPI, htonl(0x1003)); }
static void make_ah_out(struct request *r) { good_sa_ah(r, CMAP_DIR_OUT, 0x1003); }
static void make_enable(struct request *r) { good_sa_key(r, "SA_ENABLE", CMAP_CMD_SA_ENABLE, 0x1000, "198.51.100.1"); }
static void make_move(struct request *r) { good_sa_move(r, 0x1000, "192.0.2.1"); }
static void make_get(struct request *r) { good_sa_key(r, "SA_GET", CMAP_CMD_SA_GET, 0x1000, "198.51.100.1"); }
static void make_del(struct request *r) { good_sa_key(r, "SA_DEL", CMAP_CMD_SA_DEL, 0x1000, "198.51.100.1"); }
static void make_stats(struct request *r) { good_request(r, "STATS_GET", CMAP_CMD_STATS_GET); }
static void make_entries(struct request *r) { good_dump(r, "ENTRY_GET", CMAP_CMD_ENTRY_GET); }
static void make_links(struct request *r) { good_dump(r, "LINK_GET", CMAP_CMD_LINK_GET); }
static void make_sas(struct request *r) { good_dump(r, "SA_GET (dump)", CMAP_CMD_SA_GET); }
static void make_drops(struct request *r) { good_dump(r, "DROPS_GET", CMAP_CMD_DROPS_GET); }
static void make_entry_del(struct request *r) { good_entry_del(r, "M"); }
static void make_map_del(struct request *r) { good_named(r, "MAP_DEL", CMAP_CMD_MAP_DEL, "M"); }
static void flush_all(struct request *r) { good_request(r, "SA_FLUSH", CMAP_CMD_SA_FLUSH); }

static void torture_all(void)
{
	static void (*const makers[])(struct request *r) = {
		make_entry_del, make_map_del, good_link_set, good_link_del, good_spi_alloc, make_enable, make_move, make_get, make_del,
		good_sa_flush, make_stats, make_entries, make_links, make_sas, make_drops, good_trace,
	};
	struct request r;

	/* The first two must name what is not there, or a harm that is overlooked would be refused for that. */
	good_entry_set(&r, "N", true);
	torture(&r);
	good_sa_new(&r, CMAP_DIR_IN, 0x1001);
	torture(&r);
	good_sa_new(&r, CMAP_DIR_OUT, 0x1001);
	torture(&r);
	good_sa_gcm(&r, CMAP_DIR_IN, 0x1001);
	node_u32(&r.root, "AH_SPI", CMAP_A_AH_SPI, htonl(0x1003))->optional = true;
	torture(&r);
	good_sa_ah(&r, CMAP_DIR_OUT, 0x1001);
	torture(&r);
	for (unsigned int i = 0; i < sizeof(makers) / sizeof(*makers); i++) {
		makers[i](&r);
		torture(&r);
	}
}

int main(int argc, char **argv)
{
	struct state before, after;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (unshare(CLONE_NEWNET))
		talk_die("unshare");
	talk_open();
	good(make_entry);
	good(good_link_set);
	good(make_in);
	good(make_out);
	good(make_gcm_in);
	good(make_ah_in);
	good(make_bundled_in);
	good(make_ah_out);
	before = snapshot();

	torture_all();
	contradictions();
	state_refusals();
	trace_contradictions();
	wrong_kind();
	as_somebody(as_user);
	as_somebody(as_root_of_another_user_namespace);
	as_somebody(as_root_of_own_namespaces);
	after = snapshot();
	result(before.messages == after.messages && before.sum == after.sum,
	       "state: nothing changed by all that (%u messages of dumps before, %u after)", before.messages, after.messages);

	good(good_spi_alloc);
	good(make_enable);
	good(make_move);
	good(make_get);
	good(make_del);
	good(make_stats);
	good(make_entries);
	good(make_links);
	good(make_sas);
	good(make_drops);
	good(good_trace);
	good(good_sa_flush);
	random_changes(argc > 1 ? strtoul(argv[1], NULL, 0) : (unsigned long)getpid(), 4000);
	good(flush_all);
	good(good_link_del);
	good(make_entry_del);
	return failed != 0;
}
