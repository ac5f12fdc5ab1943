/* SPDX-License-Identifier: GPL-2.0-only */
/* A message comes in, the kernel's answer goes out. */
#include <errno.h>
#include <linux/cryptomap.h>
#include <linux/genetlink.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include "attr.h"
#include "talk.h"

#define MESSAGE	65536

int talk_family;
const char *const talk_group_names[TALK_GROUPS] = { CMAP_MCGRP_EVENTS, CMAP_MCGRP_DROPS };
static int groups[TALK_GROUPS];
unsigned char talk_buffer[MESSAGE + 4096];
static int sock;
static uint32_t sequence;

void talk_die(const char *what)
{
	printf("1\t%s: %s\n", what, strerror(errno));
	exit(1);
}

unsigned int talk_begin(unsigned char *at, uint16_t type, uint8_t command, uint8_t version, uint16_t flags)
{
	struct nlmsghdr *head = (struct nlmsghdr *)at;
	struct genlmsghdr *generic = NLMSG_DATA(head);

	memset(at, 0, NLMSG_HDRLEN + GENL_HDRLEN);
	head->nlmsg_type = type;
	head->nlmsg_flags = NLM_F_REQUEST | flags;
	generic->cmd = command;
	generic->version = version;
	return NLMSG_HDRLEN + GENL_HDRLEN;
}

static void read_tlvs(const unsigned char *at, const unsigned char *end, struct answer *answer)
{
	struct nlattr head;

	while (at + NLA_HDRLEN <= end) {
		memcpy(&head, at, sizeof(head));
		if (head.nla_len < NLA_HDRLEN || at + head.nla_len > end)
			return;
		if (head.nla_type == NLMSGERR_ATTR_MSG)
			snprintf(answer->text, sizeof(answer->text), "%s", (const char *)at + NLA_HDRLEN);
		if (head.nla_type == NLMSGERR_ATTR_OFFS)
			memcpy(&answer->offset, at + NLA_HDRLEN, 4);
		if (head.nla_type == NLMSGERR_ATTR_MISS_TYPE)
			memcpy(&answer->missing, at + NLA_HDRLEN, 4);
		at += NLA_ALIGN(head.nla_len);
	}
}

/* Where the extended ACK's attributes start: behind the error, and behind the copy of the request if there is one. */
static bool read_end(struct nlmsghdr *head, struct answer *answer)
{
	unsigned int skip = sizeof(int);
	struct nlmsgerr *error = NLMSG_DATA(head);

	if (head->nlmsg_type != NLMSG_ERROR && head->nlmsg_type != NLMSG_DONE)
		return false;
	memset(answer, 0, sizeof(*answer));
	answer->missing = -1;
	if (head->nlmsg_len < NLMSG_LENGTH(sizeof(int)))
		return true;
	answer->error = -error->error;
	if (head->nlmsg_type == NLMSG_ERROR)
		skip = sizeof(*error) + (head->nlmsg_flags & NLM_F_CAPPED ? 0 :
					 NLMSG_ALIGN(error->msg.nlmsg_len) - sizeof(error->msg));
	if (head->nlmsg_flags & NLM_F_ACK_TLVS)
		read_tlvs((unsigned char *)NLMSG_DATA(head) + NLMSG_ALIGN(skip), (unsigned char *)head + head->nlmsg_len,
			  answer);
	return true;
}

struct answer talk_ask(unsigned int length, void (*see)(const struct nlmsghdr *head, void *data), void *data)
{
	static unsigned char reply[MESSAGE];
	struct answer answer;

	((struct nlmsghdr *)talk_buffer)->nlmsg_len = length;
	((struct nlmsghdr *)talk_buffer)->nlmsg_seq = ++sequence;
	if (send(sock, talk_buffer, length, 0) != (ssize_t)length)
		talk_die("send");
	for (;;) {
		ssize_t got = recv(sock, reply, sizeof(reply), 0);
		struct nlmsghdr *head = (struct nlmsghdr *)reply;

		if (got < 0)
			talk_die("recv");
		for (; NLMSG_OK(head, got); head = NLMSG_NEXT(head, got)) {
			if (head->nlmsg_seq != sequence)
				continue;
			if (read_end(head, &answer))
				return answer;
			if (see)
				see(head, data);
		}
	}
}

/* One group: its name and its number */
static void see_group(const unsigned char *at, const unsigned char *end)
{
	const char *name = "";
	struct nlattr attr;
	int number = 0;

	for (; at + NLA_HDRLEN <= end; at += NLA_ALIGN(attr.nla_len)) {
		memcpy(&attr, at, sizeof(attr));
		if (attr.nla_type == CTRL_ATTR_MCAST_GRP_ID)
			memcpy(&number, at + NLA_HDRLEN, sizeof(number));
		if (attr.nla_type == CTRL_ATTR_MCAST_GRP_NAME)
			name = (const char *)at + NLA_HDRLEN;
	}
	for (unsigned int i = 0; i < TALK_GROUPS; i++)
		if (!strcmp(name, talk_group_names[i]))
			groups[i] = number;
}

static void see_family(const struct nlmsghdr *head, void *data)
{
	const unsigned char *at = (unsigned char *)NLMSG_DATA(head) + GENL_HDRLEN, *end = (unsigned char *)head + head->nlmsg_len;
	struct nlattr attr, group;

	(void)data;
	for (; at + NLA_HDRLEN <= end; at += NLA_ALIGN(attr.nla_len)) {
		memcpy(&attr, at, sizeof(attr));
		if (attr.nla_type == CTRL_ATTR_FAMILY_ID)
			talk_family = *(const uint16_t *)(at + NLA_HDRLEN);
		if ((attr.nla_type & NLA_TYPE_MASK) != CTRL_ATTR_MCAST_GROUPS)
			continue;
		for (const unsigned char *g = at + NLA_HDRLEN; g + NLA_HDRLEN <= at + attr.nla_len; g += NLA_ALIGN(group.nla_len)) {
			memcpy(&group, g, sizeof(group));
			see_group(g + NLA_HDRLEN, g + group.nla_len);
		}
	}
}

void talk_open(void)
{
	struct timeval patience = { .tv_sec = 20 };
	struct node name = { .type = CTRL_ATTR_FAMILY_NAME, .length = sizeof(CMAP_GENL_NAME), .data = CMAP_GENL_NAME };
	unsigned int length;
	int one = 1;

	sock = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
	if (sock < 0 || setsockopt(sock, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one)) ||
	    setsockopt(sock, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one)) ||
	    setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)))
		talk_die("socket");
	length = talk_begin(talk_buffer, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1, NLM_F_ACK);
	length += node_put(talk_buffer + length, &name);
	if (talk_ask(length, see_family, NULL).error || !talk_family)
		talk_die("no genetlink family " CMAP_GENL_NAME);
}

void talk_close(void)
{
	close(sock);
}

int talk_join(unsigned int group)
{
	return setsockopt(sock, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &groups[group], sizeof(int)) ? errno : 0;
}
