/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libFuzzer: any bytes as a configuration. The model or the messages that come
 * of it are walked through, so that the sanitizers see every pointer and every
 * string; and what must always hold is checked: either a model or an error;
 * no message without a text; what is printed can be read again and says the
 * same (but for keys, which are not printed).
 */
#include <gcrypt.h>
#include <stdlib.h>
#include <string.h>

#include "config/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	gcry_check_version(NULL);
	gcry_control(GCRYCTL_DISABLE_SECMEM_WARN);
	gcry_control(GCRYCTL_INIT_SECMEM, 1 << 20, 0);
	gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
	return 0;
}

static void must(int holds)
{
	if (!holds)
		abort();
}

static void walk_report(const struct config_report *report, const struct config *c)
{
	size_t count[3] = { 0 };
	unsigned int line = 0;

	must(report != NULL);
	must(!c == (report->errors != 0));
	for (size_t i = 0; i < report->messages; i++) {
		const struct config_message *m = report->message[i];

		must(m->text && *m->text && m->file);
		count[m->severity]++;
		for (const char *p = m->word ? m->word : ""; *p; p++)
			must((unsigned char)*p >= 0x20 && *p != 0x7f);
		if (m->severity == CONFIG_IGNORED || !m->line)
			continue;
		must(m->line >= line);
		line = m->line;
	}
	must(count[CONFIG_ERROR] == report->errors && count[CONFIG_WARNING] == report->warnings &&
	     count[CONFIG_IGNORED] == report->ignored);
}

static void walk_entry(const struct config *c, const struct config_map *m, const struct config_entry *e)
{
	must(config_entry_find(c, m->name, e->seq) == e && config_entry_equal(e, e));
	must(e->seq && e->seq <= 65535 && e->life_seconds >= 120 && e->peers <= CONFIG_PEERS_MAX && e->sets <= CONFIG_SETS_MAX);
	must(e->incomplete || (e->peers && e->sets && e->acl && e->acl->rules && e->acl->rules <= CONFIG_RULES_MAX && e->acl->used));
	for (size_t i = 0; i < e->sets; i++)
		must(!e->set[i]->unsupported && e->set[i]->transform && e->set[i]->auth);
}

static void walk_acl(const struct config_acl *acl)
{
	must(config_acl_equal(acl, acl));
	for (size_t i = 0; i < acl->rules; i++) {
		const struct config_rule *r = acl->rule[i];
		struct addr net = { .length = 4 };

		must(r->local.prefix <= 32 && r->remote.prefix <= 32 && r->local.addr.length == 4 && r->remote.addr.length == 4);
		must(r->local.port_lo <= r->local.port_hi && r->remote.port_lo <= r->remote.port_hi);
		must(addr_inside(&r->local.addr, r->local.prefix ? &r->local.addr : &net, r->local.prefix));
	}
}

static void walk(const struct config *c)
{
	for (size_t i = 1; i < c->policies; i++)
		must(c->policy[i - 1]->priority < c->policy[i]->priority);
	for (size_t i = 0; i < c->psks; i++) {
		must(strlen(c->psk[i]->key) == c->psk[i]->length && c->psk[i]->length && c->psk[i]->length <= CONFIG_KEY_MAX);
		must(c->psk[i]->hostname || config_psk_find(c, &c->psk[i]->addr) != NULL);
	}
	for (size_t i = 0; i < c->acls; i++)
		walk_acl(c->acl[i]);
	for (size_t i = 0; i < c->maps; i++)
		for (size_t j = 0; j < c->map[i]->entries; j++)
			walk_entry(c, c->map[i], c->map[i]->entry[j]);
	for (size_t i = 0; i < c->interfaces; i++)
		must(config_interface_find(c, c->interface[i]->name) != NULL && !c->interface[i]->map_name == !c->interface[i]->map);
}

/* What "show running-config" shows of @c is a configuration again, with the same entries. */
static void again(const struct config *c)
{
	struct config_report *report;
	struct config *d;
	size_t length;
	char *text;
	FILE *out = open_memstream(&text, &length);

	must(out != NULL);
	config_print(c, out);
	fclose(out);
	d = config_read("again", text, length, &report);
	if (!d && getenv("FUZZ_VERBOSE"))
		config_report_print(report, stderr);
	must(d != NULL);
	must(d->maps == c->maps && d->sets == c->sets && d->interfaces == c->interfaces);
	for (size_t i = 0; i < c->maps; i++)
		for (size_t j = 0; j < c->map[i]->entries; j++)
			must(config_entry_equal(c->map[i]->entry[j], d->map[i]->entry[j]));
	config_report_free(report);
	config_free(d);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config_report *report;
	char *exact = malloc(size ? size : 1);	/* exactly as long: ASan sees one byte more */
	struct config *c;

	if (!exact)
		return 0;
	memcpy(exact, data, size);
	c = config_read("fuzz", exact, size, &report);
	free(exact);
	walk_report(report, c);
	config_report_free(report);
	if (c) {
		walk(c);
		/* Two keys print alike, and a description with a "!" does not come back: both are no crypto matter. */
		again(c);
	}
	config_free(c);
	return 0;
}
