/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmap debug: follows the daemon's event stream, and renders it as the
 * router's debug lines. Enters: words, then events. Leaves: lines, until the
 * daemon ends or somebody interrupts.
 */
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "args.h"
#include "ctl.h"
#include "debug.h"
#include "ios.h"
#include "print.h"

const char debug_usage[] = "debug [--timestamps] crypto { isakmp | ipsec } [isakmp | ipsec]";

/* --- rendering --- */

static void stamp(struct debug *d)
{
	double when = json_number_value(json_object_get(d->event, "time"));
	long long ms = (long long)(when * 1000 + 0.5);
	time_t seconds = (time_t)(ms / 1000);
	struct tm tm;
	char buf[40];

	localtime_r(&seconds, &tm);
	strftime(buf, sizeof(buf), "%b %e %H:%M:%S", &tm);
	fprintf(d->f, "*%s.%03d: ", buf, (int)(ms % 1000));
}

/*
 * Some words are a peer's: what could act on a terminal becomes '?'. A newline
 * is only let through in front of the blanks of a continuation line.
 */
static void vtext(struct debug *d, const char *fmt, va_list ap)
{
	char buf[2048];

	vsnprintf(buf, sizeof(buf), fmt, ap);
	for (char *p = buf; *p; p++)
		if ((unsigned char)*p < ' ' || (unsigned char)*p > '~')
			if (*p != '\n' || p[1] != ' ')
				*p = '?';
	fputs(buf, d->f);
	fputc('\n', d->f);
}

static void vline(struct debug *d, unsigned int subsystem, const char *prefix, const char *fmt, va_list ap)
{
	d->shown = d->subsystems & subsystem;
	if (!d->shown)
		return;
	if (d->timestamps)
		stamp(d);
	fputs(prefix, d->f);
	vtext(d, fmt, ap);
}

void debug_line(struct debug *d, unsigned int subsystem, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vline(d, subsystem, "", fmt, ap);
	va_end(ap);
}

void debug_more(struct debug *d, const char *fmt, ...)
{
	va_list ap;

	if (!d->shown)
		return;
	va_start(ap, fmt);
	vtext(d, fmt, ap);
	va_end(ap);
}

void debug_isakmp(struct debug *d, const char *fmt, ...)
{
	char prefix[32];
	va_list ap;

	snprintf(prefix, sizeof(prefix), "ISAKMP:(%llu):", debug_u(d, "conn_id"));
	va_start(ap, fmt);
	vline(d, DEBUG_ISAKMP, prefix, fmt, ap);
	va_end(ap);
}

void debug_paren(struct debug *d, const char *fmt, ...)
{
	char prefix[32];
	va_list ap;

	snprintf(prefix, sizeof(prefix), "ISAKMP (%llu): ", debug_u(d, "conn_id"));
	va_start(ap, fmt);
	vline(d, DEBUG_ISAKMP, prefix, fmt, ap);
	va_end(ap);
}

unsigned long long debug_u(const struct debug *d, const char *key)
{
	return print_u64(d->event, key);
}

const char *debug_s(const struct debug *d, const char *key)
{
	return print_text(d->event, key);
}

bool debug_b(const struct debug *d, const char *key)
{
	return print_bool(d->event, key);
}

/* "incrementing error counter" stands after the syslog line of the same fault */
void debug_finish(struct debug *d)
{
	json_t *event = d->pending;

	if (!event)
		return;
	d->pending = NULL;
	d->event = event;
	debug_paren(d, "incrementing error counter on sa, attempt %llu of %llu: reset_retransmission",
		    debug_u(d, "attempt"), debug_u(d, "of"));
	json_decref(event);
}

static void malformed(struct debug *d)
{
	if (*debug_s(d, "payload"))
		debug_line(d, DEBUG_ISAKMP, "ISAKMP: reserved not zero on %s payload!", debug_s(d, "payload"));
	if (debug_u(d, "attempt"))
		d->pending = json_deep_copy(d->event);
}

static const struct debug_type *lookup(const struct debug_type *types, const char *type)
{
	for (; types->type; types++)
		if (!strcmp(types->type, type))
			return types;
	return NULL;
}

void debug_render(struct debug *d, const json_t *event)
{
	const char *type = print_text(event, "type");
	const struct debug_type *t;

	if (!strcmp(type, "syslog")) {
		d->event = event;
		debug_line(d, d->subsystems, "%s", debug_s(d, "text"));
		debug_finish(d);
		return;
	}
	debug_finish(d);
	d->event = event;
	if (!strcmp(type, "malformed")) {
		malformed(d);
		return;
	}
	t = lookup(debug_isakmp_types, type);
	if (!t)
		t = lookup(debug_ipsec_types, type);
	if (t)
		t->render(d);
}

/* --- the command --- */

static struct ctl *interruptible;

static void on_signal(int sig)
{
	(void)sig;
	ctl_stop(interruptible);
}

static const struct ios_word second[] = {
	{ "isakmp", IOS_KEYWORD, NULL, 1, "isakmp" },
	{ "ipsec", IOS_KEYWORD, NULL, 1, "ipsec" },
	{ 0 }
};
static const struct ios_word first[] = {
	{ "isakmp", IOS_KEYWORD, second, 1, "isakmp" },
	{ "ipsec", IOS_KEYWORD, second, 1, "ipsec" },
	{ 0 }
};
static const struct ios_word tree[] = {
	{ "crypto", IOS_KEYWORD, first, 0, NULL },
	{ 0 }
};

static int follow(const struct cmap *c, struct ctl *ctl, struct debug *d)
{
	json_t *event;

	while ((event = ctl_receive(ctl))) {
		if (c->json) {
			json_dumpf(event, stdout, JSON_PRESERVE_ORDER | JSON_ENSURE_ASCII);
			putchar('\n');
		} else if (!strcmp(print_text(event, "type"), "lost")) {
			fprintf(stderr, "cmap: %llu events were lost: the reader is too slow\n",
				(unsigned long long)print_u64(event, "count"));
		} else {
			debug_render(d, event);
		}
		json_decref(event);
		if (fflush(stdout))
			return CMAP_REFUSED;
	}
	debug_finish(d);
	return ctl->stopped ? CMAP_OK : CMAP_REFUSED;
}

static int stream(const struct cmap *c, struct debug *d)
{
	struct sigaction act = { .sa_handler = on_signal };
	json_t *subsystems = json_array();
	struct ctl ctl;
	int rc = ctl_open(&ctl);

	if (d->subsystems & DEBUG_ISAKMP)
		json_array_append_new(subsystems, json_string("isakmp"));
	if (d->subsystems & DEBUG_IPSEC)
		json_array_append_new(subsystems, json_string("ipsec"));
	if (rc) {
		json_decref(subsystems);
		return rc;
	}
	rc = ctl_send(&ctl, json_pack("{s:s, s:o}", "cmd", "debug", "subsystems", subsystems));
	if (!rc)
		rc = ctl_reply(&ctl, NULL);
	if (!rc) {
		interruptible = &ctl;
		sigaction(SIGINT, &act, NULL);
		sigaction(SIGTERM, &act, NULL);
		rc = follow(c, &ctl, d);
	}
	ctl_close(&ctl);
	return rc;
}

int debug_run(const struct cmap *c, int argc, char **argv)
{
	struct debug d = { .f = stdout, .timestamps = c->timestamps };
	json_t *args = json_object();
	int rc = CMAP_USAGE;

	if (argc && (!strcmp(argv[0], "--timestamps") || !strcmp(argv[0], "-t"))) {
		d.timestamps = true;
		argc--;
		argv++;
	}
	if (ios_parse("debug", tree, debug_usage, argc, argv, args)) {
		if (print_bool(args, "isakmp"))
			d.subsystems |= DEBUG_ISAKMP;
		if (print_bool(args, "ipsec"))
			d.subsystems |= DEBUG_IPSEC;
		setvbuf(stdout, NULL, _IOLBF, 0);
		rc = stream(c, &d);
	}
	json_decref(args);
	return rc;
}
