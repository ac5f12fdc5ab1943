/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of the configuration share: reading a text, and libgcrypt set up for the keys. */
#ifndef UNIT_CONFIG_H
#define UNIT_CONFIG_H

#include <gcrypt.h>
#include <stdlib.h>
#include <string.h>

#include "config/model.h"
#include "tap.h"

/* A configuration that is complete; tests change it by what they append. */
#define BASE \
	"crypto isakmp policy 10\n" \
	" encr 3des\n" \
	" authentication pre-share\n" \
	" group 2\n" \
	"crypto isakmp key ciscokey address 198.51.100.1\n" \
	"crypto ipsec transform-set T esp-3des esp-sha-hmac\n" \
	"access-list 100 permit ip 10.1.0.0 0.0.0.255 10.2.0.0 0.0.0.255\n" \
	"crypto map VPN 10 ipsec-isakmp\n" \
	" set peer 198.51.100.1\n" \
	" set transform-set T\n" \
	" match address 100\n"
#define BASE_LINES 11

__attribute__((unused))
static void config_setup(void)
{
	gcry_check_version(NULL);
	gcry_control(GCRYCTL_DISABLE_SECMEM_WARN);
	gcry_control(GCRYCTL_INIT_SECMEM, 65536, 0);
	gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
}

/** read_text() - read @text as file "t"; what was wrong is printed as TAP comments unless @errors are expected. */
__attribute__((unused))
static struct config *read_text(const char *text, struct config_report **report, int errors)
{
	struct config *c = config_read("t", text, strlen(text), report);

	if (!c && !errors)
		for (size_t i = 0; i < (*report)->messages; i++)
			printf("# t:%u:%u: %s: %s\n", (*report)->message[i]->line, (*report)->message[i]->column,
			       (*report)->message[i]->word ? (*report)->message[i]->word : "", (*report)->message[i]->text);
	return c;
}

#endif
