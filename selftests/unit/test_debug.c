/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The router's debug lines: recorded events in, the router's texts out,
 * compared line by line; both roles, refusals, timestamps, and each of the two
 * debugs by itself.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "golden.h"
#include "tools/debug.h"

/* Render a file of events; the text is the caller's to free. */
static char *render(const char *name, unsigned int subsystems, bool timestamps)
{
	struct debug d = { .subsystems = subsystems, .timestamps = timestamps };
	FILE *in = golden_open(name);
	char line[8192], *text = NULL;
	size_t size;

	d.f = open_memstream(&text, &size);
	while (fgets(line, sizeof(line), in)) {
		json_t *event = json_loads(line, 0, NULL);

		if (!event)
			printf("# %s: no JSON: %s", name, line);
		debug_render(&d, event);
		json_decref(event);
	}
	debug_finish(&d);
	fclose(d.f);
	fclose(in);
	return text;
}

static void whole(const char *events, const char *text, const char *what)
{
	char *got = render(events, DEBUG_ISAKMP | DEBUG_IPSEC, false);

	golden_is(got, text, what);
	free(got);
}

/* Each debug alone prints its own records whole, and both together nothing else. */
static void alone(const char *events)
{
	char *both = render(events, DEBUG_ISAKMP | DEBUG_IPSEC, false);
	char *isakmp = render(events, DEBUG_ISAKMP, false), *ipsec = render(events, DEBUG_IPSEC, false);

	ok(!strstr(isakmp, "IPSEC(") && !strstr(isakmp, "mapdb"), "%s: debug crypto isakmp has no IPSEC line", events);
	ok(!strstr(ipsec, "ISAKMP:") && !strstr(ipsec, "ISAKMP ("), "%s: debug crypto ipsec has no ISAKMP line", events);
	ok(strlen(isakmp) && strlen(ipsec) && strlen(isakmp) + strlen(ipsec) == strlen(both),
	   "%s: together they are the whole", events);
	free(both);
	free(isakmp);
	free(ipsec);
}

static void timestamps(void)
{
	char *got = render("debug_initiator.events", DEBUG_ISAKMP | DEBUG_IPSEC, true);
	int records = 0, bare = 0, wrong = 0;

	for (char *line = strtok(got, "\n"); line; line = strtok(NULL, "\n")) {
		if (line[0] == ' ') {
			bare++;
			continue;
		}
		records++;
		wrong += strncmp(line, "*Nov 21 08:33:43.377: ", 22) != 0;
	}
	ok(records > 100 && !wrong, "every record begins with the time as routers write it");
	ok(bare > 10, "lines that continue a record have no time");
	free(got);
}

static void strange(void)
{
	struct debug d = { .subsystems = DEBUG_ISAKMP | DEBUG_IPSEC };
	json_t *list = json_loads("[{}, {\"type\":7}, {\"type\":\"no-such-event\"}, {\"type\":\"daemon\",\"text\":\"x\"},"
				  "{\"type\":\"packet-dropped\",\"reason\":\"short\"}]", 0, NULL), *event;
	char *text = NULL;
	size_t size, i;

	d.f = open_memstream(&text, &size);
	json_array_foreach(list, i, event)
		debug_render(&d, event);
	fclose(d.f);
	ok(!size, "events without a router's line print nothing");
	free(text);
	json_decref(list);

	list = json_loads("[{\"type\":\"sa-request\"}, {\"type\":\"policy-check\",\"attrs\":[{}]},"
			  "{\"type\":\"proposal\",\"attrs\":[{\"name\":\"SA life duration\",\"raw\":\"0\"}]},"
			  "{\"type\":\"state\"}, {\"type\":\"id\"}, {\"type\":\"malformed\",\"attempt\":1}]", 0, NULL);
	d.f = open_memstream(&text, &size);
	json_array_foreach(list, i, event)
		debug_render(&d, event);
	debug_finish(&d);
	fclose(d.f);
	ok(size > 0, "events without their fields are rendered without harm");
	free(text);
	json_decref(list);

	event = json_loads("{\"type\":\"packet-dropped\",\"reason\":\"limit\",\"peer\":\"192.0.2.1\",\"conn_id\":1001,"
			   "\"detail\":\"1024 quick modes of this peer are open already\"}", 0, NULL);
	d.f = open_memstream(&text, &size);
	debug_render(&d, event);
	fclose(d.f);
	ok(!strcmp(text, "ISAKMP:(1001):request of 192.0.2.1 refused: 1024 quick modes of this peer are open already\n"),
	   "what a limit refuses is named");
	free(text);
	json_decref(event);

	event = json_loads("{\"type\":\"syslog\",\"text\":\"%A: \\u001b[2J\\n% B\\n        c\\u009b\"}", 0, NULL);
	d.f = open_memstream(&text, &size);
	debug_render(&d, event);
	fclose(d.f);
	ok(!strcmp(text, "%A: ?[2J?% B\n        c??\n"), "a peer's words can't act on the terminal or forge lines");
	free(text);
	json_decref(event);
}

int main(void)
{
	setenv("TZ", "UTC", 1);
	tzset();
	whole("debug_initiator.events", "debug_initiator.txt", "initiator: main mode and quick mode");
	whole("debug_responder.events", "debug_responder.txt", "responder: main mode and quick mode");
	whole("debug_failures.events", "debug_failures.txt", "refusals, retransmissions, deletes");
	alone("debug_initiator.events");
	alone("debug_responder.events");
	timestamps();
	strange();
	return done_testing();
}
