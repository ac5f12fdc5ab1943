/* SPDX-License-Identifier: GPL-2.0-only */
/* Good requests of every command, as trees of attributes, with all that is optional in them. */
#include <arpa/inet.h>
#include <linux/cryptomap.h>
#include <linux/netlink.h>
#include <string.h>
#include "good.h"

static void proxy(struct node *to, const char *name, uint16_t type, const char *net, uint8_t prefix, bool ports)
{
	struct node *p = node_nest(to, name, type);

	node_address(p, "ADDR", CMAP_PROXY_A_ADDR, net);
	node_u8(p, "PREFIX", CMAP_PROXY_A_PREFIX, prefix);
	node_may(node_u8(p, "PROTOCOL", CMAP_PROXY_A_PROTOCOL, ports ? 17 : 0));
	if (!ports)
		return;
	node_u16(p, "PORT_LO", CMAP_PROXY_A_PORT_LO, 1000);
	node_u16(p, "PORT_HI", CMAP_PROXY_A_PORT_HI, 2000);
}

static struct node *rule(struct node *to, uint8_t action, bool ports)
{
	struct node *r = node_nest(to, "RULE", CMAP_A_RULE);

	r->repeats = true;
	node_u8(r, "ACTION", CMAP_RULE_A_ACTION, action);
	proxy(r, "LOCAL", CMAP_RULE_A_LOCAL, "10.1.0.0", 16, ports);
	proxy(r, "REMOTE", CMAP_RULE_A_REMOTE, "10.2.0.0", 16, ports);
	return r;
}

void good_request(struct request *r, const char *name, uint8_t command)
{
	memset(r, 0, sizeof(*r));
	r->name = name;
	r->command = command;
}

void good_entry_set(struct request *r, const char *map, bool ports)
{
	struct node *rules;

	good_request(r, "ENTRY_SET", CMAP_CMD_ENTRY_SET);
	node_string(&r->root, "MAP_NAME", CMAP_A_MAP_NAME, map);
	node_u32(&r->root, "SEQ", CMAP_A_SEQ, 10);
	node_may(node_address(&r->root, "PEER", CMAP_A_PEER, "198.51.100.1"))->repeats = true;
	node_may(node_address(&r->root, "LOCAL_ADDR", CMAP_A_LOCAL_ADDR, "192.0.2.1"));
	rules = node_may(node_nest(&r->root, "RULES", CMAP_A_RULES));
	rule(rules, CMAP_RULE_PERMIT, ports);
	node_may(node_u32(&r->root, "HOLD", CMAP_A_HOLD, 3));
	node_may(node_u32(&r->root, "ENTRY_FLAGS", CMAP_A_ENTRY_FLAGS, CMAP_ENTRY_F_PER_HOST));
}

void good_named(struct request *r, const char *name, uint8_t command, const char *map)
{
	good_request(r, name, command);
	node_string(&r->root, "MAP_NAME", CMAP_A_MAP_NAME, map);
}

void good_entry_del(struct request *r, const char *map)
{
	good_named(r, "ENTRY_DEL", CMAP_CMD_ENTRY_DEL, map);
	node_u32(&r->root, "SEQ", CMAP_A_SEQ, 10);
}

void good_link_set(struct request *r)
{
	good_request(r, "LINK_SET", CMAP_CMD_LINK_SET);
	node_u32(&r->root, "IFINDEX", CMAP_A_IFINDEX, 1);
	node_string(&r->root, "MAP_NAME", CMAP_A_MAP_NAME, "M");
	node_u16(&r->root, "TCP_MSS", CMAP_A_TCP_MSS, 1360)->optional = true;
	node_u16(&r->root, "TCP_MSS6", CMAP_A_TCP_MSS6, CMAP_TCP_MSS_PATH)->optional = true;
}

void good_link_del(struct request *r)
{
	good_request(r, "LINK_DEL", CMAP_CMD_LINK_DEL);
	node_u32(&r->root, "IFINDEX", CMAP_A_IFINDEX, 1);
}

void good_spi_alloc(struct request *r)
{
	good_request(r, "SPI_ALLOC", CMAP_CMD_SPI_ALLOC);
	node_u8(&r->root, "PROTO", CMAP_A_PROTO, 50);
	node_address(&r->root, "DST", CMAP_A_DST, "192.0.2.1");
}

void good_sa_key(struct request *r, const char *name, uint8_t command, uint32_t spi, const char *dst)
{
	good_request(r, name, command);
	node_u8(&r->root, "PROTO", CMAP_A_PROTO, 50);
	node_u32(&r->root, "SPI", CMAP_A_SPI, htonl(spi));
	node_address(&r->root, "DST", CMAP_A_DST, dst);
}

void good_sa_move(struct request *r, uint32_t spi, const char *dst)
{
	good_sa_key(r, "SA_MOVE", CMAP_CMD_SA_MOVE, spi, dst);
	node_u16(&r->root, "ENCAP_SPORT", CMAP_A_ENCAP_SPORT, 4500);
	node_u16(&r->root, "ENCAP_DPORT", CMAP_A_ENCAP_DPORT, 4501);
}

static const unsigned char some_key[CMAP_KEY_MAX] = "0123456789abcdefghijklmnopqrstuvwxyz";

/* What all SAs have; @here and @there are the ends of the outer header. */
static void sa(struct request *r, uint8_t dir, uint32_t spi, const char *here, const char *there)
{
	struct node *root = &r->root;
	bool in = dir == CMAP_DIR_IN;

	good_sa_key(r, "SA_NEW", CMAP_CMD_SA_NEW, spi, in ? here : there);
	node_address(root, "SRC", CMAP_A_SRC, in ? there : here);
	node_u8(root, "DIR", CMAP_A_DIR, dir);
	node_string(root, "MAP_NAME", CMAP_A_MAP_NAME, "M");
	node_u32(root, "SEQ", CMAP_A_SEQ, 10);
	proxy(root, "LOCAL_PROXY", CMAP_A_LOCAL_PROXY, "10.1.1.0", 24, true);
	proxy(root, "REMOTE_PROXY", CMAP_A_REMOTE_PROXY, "10.2.0.0", 16, true);
	if (in)
		node_may(node_u32(root, "REPLAY_WINDOW", CMAP_A_REPLAY_WINDOW, 128));
	node_may(node_u8(root, "MODE", CMAP_A_MODE, CMAP_MODE_TUNNEL));
	node_may(node_u32(root, "CONN_ID", CMAP_A_CONN_ID, 5));
}

static void authentication(struct node *root)
{
	node_u16(root, "AUTH", CMAP_A_AUTH, CMAP_AUTH_HMAC_SHA1_96);
	node_add(root, "AUTH_KEY", CMAP_A_AUTH_KEY, some_key + 3, 20);
}

void good_sa_new(struct request *r, uint8_t dir, uint32_t spi)
{
	struct node *root = &r->root;

	sa(r, dir, spi, "192.0.2.1", "198.51.100.1");
	node_u16(root, "CIPHER", CMAP_A_CIPHER, CMAP_CIPHER_AES_CBC);
	node_add(root, "CIPHER_KEY", CMAP_A_CIPHER_KEY, some_key, 16);
	authentication(root);
	node_u16(root, "ENCAP_SPORT", CMAP_A_ENCAP_SPORT, 4500);
	node_u16(root, "ENCAP_DPORT", CMAP_A_ENCAP_DPORT, 61234);
	if (dir == CMAP_DIR_OUT)
		node_may(node_u8(root, "DF", CMAP_A_DF, CMAP_DF_CLEAR));
	node_may(node_u32(root, "SA_FLAGS", CMAP_A_SA_FLAGS, 0));
	node_may(node_u32(root, "IDLE_SECONDS", CMAP_A_IDLE_SECONDS, 900));
	node_may(node_u32(root, "LIFE_SOFT_SECONDS", CMAP_A_LIFE_SOFT_SECONDS, 1000));
	node_u32(root, "LIFE_HARD_SECONDS", CMAP_A_LIFE_HARD_SECONDS, 2000);
	node_may(node_u64(root, "LIFE_SOFT_BYTES", CMAP_A_LIFE_SOFT_BYTES, 1000000));
	node_u64(root, "LIFE_HARD_BYTES", CMAP_A_LIFE_HARD_BYTES, 2000000);
}

void good_sa_gcm(struct request *r, uint8_t dir, uint32_t spi)
{
	struct node *root = &r->root;

	sa(r, dir, spi, "2001:db8::1", "2001:db8::2");
	node_u16(root, "CIPHER", CMAP_A_CIPHER, CMAP_CIPHER_AES_GCM);
	node_add(root, "CIPHER_KEY", CMAP_A_CIPHER_KEY, some_key, 20);
	node_may(node_u8(root, "ICV_LEN", CMAP_A_ICV_LEN, 12));
	node_may(node_u32(root, "SA_FLAGS", CMAP_A_SA_FLAGS, CMAP_SA_F_ESN));
}

void good_sa_ah(struct request *r, uint8_t dir, uint32_t spi)
{
	struct node *root = &r->root;

	sa(r, dir, spi, "2001:db8::1", "2001:db8::2");
	node_set8(root, CMAP_A_PROTO, IPPROTO_AH);
	authentication(root);
	node_may(node_u32(root, "SA_FLAGS", CMAP_A_SA_FLAGS, CMAP_SA_F_BUNDLE));
}

void good_sa_flush(struct request *r)
{
	good_named(r, "SA_FLUSH", CMAP_CMD_SA_FLUSH, "nobody");
	node_may(r->root.kid[0]);
	node_may(node_address(&r->root, "PEER_ADDR", CMAP_A_PEER_ADDR, "203.0.113.1"));
}

void good_trace(struct request *r)
{
	struct node *flow;

	good_request(r, "TRACE", CMAP_CMD_TRACE);
	flow = node_nest(&r->root, "FLOW", CMAP_A_FLOW);
	node_address(flow, "SRC", CMAP_FLOW_A_SRC, "10.1.0.2");
	node_address(flow, "DST", CMAP_FLOW_A_DST, "10.2.0.2");
	node_u8(flow, "PROTOCOL", CMAP_FLOW_A_PROTOCOL, 6);
	node_u16(flow, "SPORT", CMAP_FLOW_A_SPORT, 40000);
	node_u16(flow, "DPORT", CMAP_FLOW_A_DPORT, 80);
	node_may(node_u32(&r->root, "LEN", CMAP_A_LEN, 1500));
	node_may(node_u8(&r->root, "DF", CMAP_A_DF, CMAP_DF_SET));
	node_may(node_u32(&r->root, "IFINDEX", CMAP_A_IFINDEX, 1));
}

void good_dump(struct request *r, const char *name, uint8_t command)
{
	good_request(r, name, command);
	r->flags = NLM_F_DUMP;
	if (command != CMAP_CMD_LINK_GET && command != CMAP_CMD_DROPS_GET)
		node_may(node_string(&r->root, "MAP_NAME", CMAP_A_MAP_NAME, "M"));
	if (command == CMAP_CMD_SA_GET)
		node_may(node_address(&r->root, "PEER_ADDR", CMAP_A_PEER_ADDR, "203.0.113.1"));
}
