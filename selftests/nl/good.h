/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Good requests, to be harmed. They speak of map "M" or another given, entry
 * 10, 192.0.2.1 on this side and 198.51.100.1 on the other; the IPv6 ones of
 * 2001:db8::1 and 2001:db8::2.
 */
#ifndef NL_GOOD_H
#define NL_GOOD_H

#include "attr.h"

struct request {
	const char *name;
	uint8_t command;
	uint16_t flags;
	struct node root;
};

void good_request(struct request *r, const char *name, uint8_t command);
void good_entry_set(struct request *r, const char *map, bool ports);
void good_named(struct request *r, const char *name, uint8_t command, const char *map);
void good_entry_del(struct request *r, const char *map);
void good_link_set(struct request *r);
void good_link_del(struct request *r);
void good_spi_alloc(struct request *r);
void good_sa_key(struct request *r, const char *name, uint8_t command, uint32_t spi, const char *dst);
void good_sa_move(struct request *r, uint32_t spi, const char *dst);
void good_sa_new(struct request *r, uint8_t dir, uint32_t spi);
/** good_sa_gcm() - ESP over IPv6 with a combined mode, extended numbers, and no lifetime */
void good_sa_gcm(struct request *r, uint8_t dir, uint32_t spi);
/** good_sa_ah() - AH over IPv6, for a bundle */
void good_sa_ah(struct request *r, uint8_t dir, uint32_t spi);
void good_sa_flush(struct request *r);
void good_trace(struct request *r);
void good_dump(struct request *r, const char *name, uint8_t command);

#endif /* NL_GOOD_H */
