/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * In: interface sections. Out: interfaces with their address and their map in
 * the model. All else that stands in such a section is ignored.
 */
#include <linux/cryptomap.h>
#include <string.h>
#include <strings.h>

#include "config/match.h"

/* Types of a router's interfaces, for writing out abbreviated ones. */
static const char *const type[] = {
	"AppGigabitEthernet", "Async", "ATM", "BDI", "BRI", "Bundle-Ether", "BVI", "Cellular", "CEM", "Dialer",
	"Dot11Radio", "Ethernet", "FastEthernet", "FiftyGigE", "FortyGigabitEthernet", "GigabitEthernet", "GMPLS",
	"Group-Async", "HundredGigE", "Loopback", "Multilink", "Null", "nve", "POS", "Port-channel", "Pseudowire",
	"Serial", "SM", "TenGigabitEthernet", "Tunnel", "TwentyFiveGigE", "TwoGigabitEthernet", "Virtual-Access",
	"Virtual-PPP", "Virtual-Template", "VirtualPortGroup", "Vlan", "Wlan-GigabitEthernet",
};

void config_interface_full(const char *name, char *out)
{
	size_t letters = strcspn(name, "0123456789");
	const char *found = NULL;

	/* Linux has interfaces called eth0: they are not a router's Ethernet0. */
	for (size_t i = 0; name[letters] && letters > 1 && i < sizeof(type) / sizeof(type[0]); i++) {
		if (letters > strlen(type[i]) || strncasecmp(name, type[i], letters) || !strncmp(name, "eth", letters))
			continue;
		if (found && letters < strlen(type[i]) && letters != strlen(found)) {
			found = NULL;
			break;
		}
		if (!found || letters == strlen(type[i]))
			found = type[i];
	}
	if (!found || strlen(found) + strlen(name + letters) > CONFIG_NAME_MAX) {
		found = "";
		letters = 0;
	}
	stpncpy(stpncpy(out, found, CONFIG_NAME_MAX), name + letters, CONFIG_NAME_MAX - strlen(found));
	out[CONFIG_NAME_MAX] = '\0';
}

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

const char *interface_name(struct reader *r, size_t from)
{
	const struct lexer_line *line = r->line;
	const char *name;

	if (from >= line->words) {
		reader_error(r, from, "incomplete command; expected an interface's name, such as FastEthernet0/1 or eth1");
		return NULL;
	}
	name = reader_string(r, &line->word[from]);
	if (line->words - from > 2)
		return NULL;
	if (line->words - from == 2 && digit(line->word[from + 1].text[0]))
		name = arena_format(r->c->arena, "%s%s", name, reader_string(r, &line->word[from + 1]));
	else if (line->words - from == 2 && !lexer_starts(&line->word[from + 1], "multipoint") &&
		 !lexer_starts(&line->word[from + 1], "point-to-point"))
		return NULL;
	if (strlen(name) > CONFIG_NAME_MAX) {
		reader_error(r, from, "name too long; expected at most %d characters", CONFIG_NAME_MAX);
		return NULL;
	}
	return name;
}

struct reader_interface *interface_find(const struct reader *r, const char *name)
{
	char full[CONFIG_NAME_MAX + 1];

	config_interface_full(name, full);
	for (size_t i = 0; i < r->iface_count; i++)
		if (!strcasecmp(r->ifaces[i]->interface.full, full))
			return r->ifaces[i];
	return NULL;
}

struct reader_interface *interface_get(struct reader *r, const char *name)
{
	struct reader_interface *b = interface_find(r, name);
	char full[CONFIG_NAME_MAX + 1];

	if (b)
		return b;
	config_interface_full(name, full);
	b = arena_alloc(r->c->arena, sizeof(*b));
	b->interface = (struct config_interface){ .at = reader_here(r), .name = name,
		.full = arena_string(r->c->arena, full, strlen(full)) };
	arena_append(r->c->arena, &r->ifaces, &r->iface_count, b);
	return b;
}

void interface_head(struct reader *r, const struct match_args *a, int data)
{
	const char *name = interface_name(r, a->tail);

	(void)data;
	if (!name) {
		/* "interface range ...": several at once, of which a map can be bound to none. */
		r->iface = NULL;
		if (a->tail < r->line->words)
			reader_ignore(r);
		return;
	}
	r->iface = interface_get(r, name);
}

void interface_mtu(struct reader *r, const struct match_args *a, int data)
{
	(void)data;
	if (r->iface)
		r->iface->interface.mtu = a->negate ? 0 : a->arg[0].number;
}

static uint16_t segments(struct reader *r, const struct match_args *a)
{
	if (a->negate)
		return 0;
	r->iface->mss_line = r->line->number;
	return a->count ? (uint16_t)a->arg[0].number : CMAP_TCP_MSS_PATH;
}

void interface_mss(struct reader *r, const struct match_args *a, int data)
{
	(void)data;
	if (r->iface)
		r->iface->interface.mss = segments(r, a);
}

void interface_mss6(struct reader *r, const struct match_args *a, int data)
{
	(void)data;
	if (r->iface)
		r->iface->interface.mss6 = segments(r, a);
}

void interface_map(struct reader *r, const struct match_args *a, int data)
{
	(void)data;
	if (!r->iface) {
		if (!a->negate)
			reader_error(r, a->arg[0].index, "a map below interface range is not supported; expected each interface by itself");
		return;
	}
	if (a->negate) {
		r->iface->interface.map_name = NULL;
		return;
	}
	/* one for each family on a router; here a map serves both */
	if (r->iface->interface.map_name && r->iface->six_map != lexer_is(&r->line->word[0], "ipv6")) {
		reader_error(r, a->arg[0].index, "crypto map %s is on this interface already; expected one map, whose entries are of both families",
			     r->iface->interface.map_name);
		return;
	}
	r->iface->six_map = lexer_is(&r->line->word[0], "ipv6");
	r->iface->interface.map_name = reader_string(r, a->arg[0].word);
	r->iface->interface.map_at = reader_here(r);
	r->iface->map_mark = reader_mark(r, a->arg[0].index);
}

void interface_df(struct reader *r, const struct match_args *a, int df)
{
	(void)a;
	if (r->iface)
		r->iface->interface.df = (enum config_df)df;
}

void interface_fragmentation(struct reader *r, const struct match_args *a, int fragmentation)
{
	(void)a;
	if (r->iface)
		r->iface->interface.fragmentation = (enum config_fragmentation)fragmentation;
}

/* Not crypto, so nothing here is an error; "dhcp", a missing or a second address leave what there is. */
void interface_address(struct reader *r, const struct match_args *a, int data)
{
	const struct lexer_line *line = r->line;
	struct addr addr;
	uint8_t prefix;

	(void)data;
	if (!r->iface)
		return;
	if (a->negate) {
		r->iface->interface.address.length = 0;
		return;
	}
	if (line->words - a->tail != 2 || !reader_address(&line->word[a->tail], &addr) ||
	    !reader_netmask(&line->word[a->tail + 1], &prefix)) {
		reader_ignore(r);
		return;
	}
	r->iface->interface.address = addr;
	r->iface->interface.prefix = prefix;
	r->iface->interface.address_at = reader_here(r);
}

/* "2001:db8::1/64", the first of them, and "fe80::1 link-local". Other forms are not ours. */
void interface_address6(struct reader *r, const struct match_args *a, int data)
{
	const struct lexer_line *line = r->line;
	struct addr addr;
	uint8_t prefix;

	(void)data;
	if (!r->iface)
		return;
	if (a->negate) {
		r->iface->interface.address6.length = 0;
		r->iface->interface.link_local.length = 0;
		return;
	}
	if (line->words - a->tail == 2 && lexer_is(&line->word[a->tail + 1], "link-local") &&
	    reader_address6(&line->word[a->tail], &addr)) {
		r->iface->interface.link_local = addr;
		return;
	}
	if (line->words - a->tail != 1 || !reader_prefix6(&line->word[a->tail], &addr, &prefix)) {
		reader_ignore(r);
		return;
	}
	if (r->iface->interface.address6.length)
		return;
	r->iface->interface.address6 = addr;
	r->iface->interface.prefix6 = prefix;
}
