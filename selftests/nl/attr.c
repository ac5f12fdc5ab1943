/* SPDX-License-Identifier: GPL-2.0-only */
/* Trees of attributes come in, harmed or not; bytes for a netlink message go out. */
#include <arpa/inet.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include "attr.h"

const char *const harm_names[] = {
	[HARM_GONE] = "left out", [HARM_TWICE] = "twice", [HARM_SHORT] = "too short", [HARM_EMPTY] = "empty",
	[HARM_LONG] = "one byte too long", [HARM_HUGE] = "300 bytes too long",
	[HARM_LIE_BEYOND] = "with a length beyond the message", [HARM_LIE_HEADER] = "with a length below the header's",
	[HARM_NESTED_FLAG] = "with the wrong NLA_F_NESTED", [HARM_FOREIGN_BEFORE] = "behind an unknown attribute",
};


struct node *node_add(struct node *to, const char *name, uint16_t type, const void *data, unsigned int length)
{
	struct node *node = calloc(1, sizeof(*node));

	if (!node || to->kids == KIDS || length > sizeof(node->data))
		abort();
	node->name = name;
	node->type = type;
	node->length = length;
	if (length)
		memcpy(node->data, data, length);
	to->kid[to->kids++] = node;
	return node;
}
struct node *node_nest(struct node *to, const char *name, uint16_t type)
{
	struct node *node = node_add(to, name, type, NULL, 0);

	node->nest = true;
	return node;
}
struct node *node_u8(struct node *to, const char *name, uint16_t type, uint8_t v) { return node_add(to, name, type, &v, 1); }
struct node *node_u16(struct node *to, const char *name, uint16_t type, uint16_t v) { return node_add(to, name, type, &v, 2); }
struct node *node_u32(struct node *to, const char *name, uint16_t type, uint32_t v) { return node_add(to, name, type, &v, 4); }
struct node *node_u64(struct node *to, const char *name, uint16_t type, uint64_t v) { return node_add(to, name, type, &v, 8); }
/* Of either family. Return: how many bytes */
static unsigned int address(const char *text, unsigned char *bytes)
{
	if (inet_pton(AF_INET, text, bytes) == 1)
		return 4;
	if (inet_pton(AF_INET6, text, bytes) != 1)
		abort();
	return 16;
}

struct node *node_address(struct node *to, const char *name, uint16_t type, const char *text)
{
	unsigned char bytes[16];

	return node_add(to, name, type, bytes, address(text, bytes));
}
struct node *node_string(struct node *to, const char *name, uint16_t type, const char *text)
{
	return node_add(to, name, type, text, strlen(text) + 1);
}
struct node *node_may(struct node *node)
{
	node->optional = true;
	return node;
}
void node_release(struct node *node)
{
	for (unsigned int i = 0; i < node->kids; i++) {
		node_release(node->kid[i]);
		free(node->kid[i]);
	}
	node->kids = 0;
}
struct node *node_find(struct node *in, uint16_t type)
{
	for (unsigned int i = 0; i < in->kids; i++)
		if (in->kid[i]->type == type)
			return in->kid[i];
	return NULL;
}
void node_drop(struct node *in, uint16_t type)
{
	struct node *node = node_find(in, type);

	if (node)
		node->harm = HARM_GONE;
}
void node_set(struct node *in, uint16_t type, const void *data, unsigned int length)
{
	struct node *node = node_find(in, type);

	if (!node || length > sizeof(node->data))
		abort();
	memcpy(node->data, data, length);
	node->length = length;
}
void node_set8(struct node *in, uint16_t type, uint8_t v) { node_set(in, type, &v, 1); }
void node_set16(struct node *in, uint16_t type, uint16_t v) { node_set(in, type, &v, 2); }
void node_set32(struct node *in, uint16_t type, uint32_t v) { node_set(in, type, &v, 4); }
void node_set64(struct node *in, uint16_t type, uint64_t v) { node_set(in, type, &v, 8); }
void node_set_address(struct node *in, uint16_t type, const char *text)
{
	unsigned char bytes[16];
	unsigned int length = address(text, bytes);

	node_set(in, type, bytes, length);
}
void node_set_string(struct node *in, uint16_t type, const char *text) { node_set(in, type, text, strlen(text) + 1); }

static unsigned int put_once(unsigned char *at, const struct node *node)
{
	struct nlattr head = { .nla_type = node->type };
	unsigned int length = node->length, cut;

	if (node->nest != (node->harm == HARM_NESTED_FLAG))
		head.nla_type |= NLA_F_NESTED;
	memcpy(at + NLA_HDRLEN, node->data, length);
	for (unsigned int i = 0; i < node->kids; i++)
		length += node_put(at + NLA_HDRLEN + length, node->kid[i]);
	switch (node->harm) {
	case HARM_SHORT:
		cut = node->nest ? 4 : 1;
		length -= length < cut ? length : cut;
		break;
	case HARM_EMPTY: length = 0; break;
	case HARM_LONG: at[NLA_HDRLEN + length++] = 1; break;
	case HARM_HUGE: memset(at + NLA_HDRLEN + length, 1, 300); length += 300; break;
	default: break;
	}
	head.nla_len = NLA_HDRLEN + length;
	if (node->harm == HARM_LIE_BEYOND)
		head.nla_len += 5000;
	if (node->harm == HARM_LIE_HEADER)
		head.nla_len = 3;
	memcpy(at, &head, sizeof(head));
	memset(at + NLA_HDRLEN + length, 0, NLA_ALIGN(length) - length);
	return NLA_HDRLEN + NLA_ALIGN(length);
}

unsigned int node_put(unsigned char *at, const struct node *node)
{
	struct node foreign = { .type = 900, .length = 4 };
	unsigned int length = 0;

	if (node->harm == HARM_GONE)
		return 0;
	if (node->harm == HARM_FOREIGN_BEFORE)
		length = put_once(at, &foreign);
	length += put_once(at + length, node);
	if (node->harm == HARM_TWICE)
		length += put_once(at + length, node);
	return length;
}
