/* SPDX-License-Identifier: GPL-2.0-only */
/* cmap drops: a packet's line, of both families, with and without what may be unknown; every reason has its text. */
#include <jansson.h>
#include <linux/cryptomap.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tap.h"
#include "tools/drops.h"
#include "tools/reasons.h"

static void line(const char *json, bool meaning, const char *expected, const char *what)
{
	json_error_t error;
	json_t *drop = json_loads(json, 0, &error);
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	drops_line(f, drop, meaning);
	fclose(f);
	if (!ok(drop && !strcmp(text, expected), "%s", what))
		printf("# got: %s# expected: %s", text, expected);
	free(text);
	json_decref(drop);
}

static void lines(void)
{
	line("{\"time_ns\": 1000123456789, \"dir\": \"out\", \"ifindex\": 1, \"drop\": {\"reason\": 1, \"name\": \"no-sa\"},"
	     "\"flow\": {\"src\": \"10.1.0.2\", \"dst\": \"10.2.0.2\", \"protocol\": 6, \"sport\": 40000, \"dport\": 80},"
	     "\"len\": 60, \"map\": \"VPN\", \"seq\": 10}", false,
	     "00:16:40.123 out lo no-sa tcp 10.1.0.2:40000 > 10.2.0.2:80 len 60 map VPN 10\n", "a packet out, IPv4");
	line("{\"time_ns\": 5, \"dir\": \"in\", \"ifindex\": 1, \"drop\": {\"name\": \"not-ipsec\"},"
	     "\"flow\": {\"src\": \"2001:db8::1\", \"dst\": \"2001:db8::2\", \"protocol\": 17, \"sport\": 9, \"dport\": 7}}", false,
	     "00:00:00.000 in lo not-ipsec udp [2001:db8::1]:9 > [2001:db8::2]:7\n", "a packet in, IPv6");
	line("{\"time_ns\": 999999999, \"dir\": \"in\", \"drop\": {\"name\": \"replay-duplicate\"}, \"proto\": \"esp\","
	     "\"spi\": 4660, \"src\": \"198.51.100.1\", \"dst\": \"192.0.2.1\", \"seq_number\": 5, \"len\": 120, \"map\": \"VPN\"}", false,
	     "00:00:00.999 in - replay-duplicate esp 0x00001234 198.51.100.1 > 192.0.2.1 number 5 len 120 map VPN\n",
	     "an encrypted packet, interface unknown");
	line("{\"time_ns\": 0, \"dir\": \"out\", \"ifindex\": 1, \"drop\": {\"name\": \"no-route\"},"
	     "\"flow\": {\"src\": \"10.1.0.2\", \"dst\": \"10.2.0.2\", \"protocol\": 1}}", true,
	     "00:00:00.000 out lo no-route icmp 10.1.0.2 > 10.2.0.2\n"
	     "    out: there is no route to the peer\n"
	     "    look at: ip route get PEER; is the interface towards the peer up?\n", "with its meaning");
	line("{\"time_ns\": 0, \"dir\": \"out\", \"drop\": {\"name\": \"of-tomorrow\"}}", true,
	     "00:00:00.000 out - of-tomorrow\n", "a reason that this program does not know");
}

static void texts(void)
{
	int missing = 0, count = 0;

	for (const struct reason *r = reasons; r->name; r++, count++)
		if (!r->meaning || !r->look || reasons_find(r->name) != r)
			missing++;
	ok(!missing, "every reason has a meaning, a hint and a name of its own");
	ok(count == CMAP_DROP_MAX + 1, "and every reason of the module is there");
}

int main(void)
{
	setenv("TZ", "UTC", 1);
	tzset();
	lines();
	texts();
	return done_testing();
}
