/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading of attributes, for kernel.c. An attribute that is absent, or too
 * short, reads as zero: what the module leaves out is zero.
 */
#ifndef IKEMGR_KERNEL_GET_H
#define IKEMGR_KERNEL_GET_H

#include <netlink/attr.h>

#include "kernel.h"

bool kernel_get_addr(const struct nlattr *a, struct addr *out);
void kernel_get_text(const struct nlattr *a, char *out, size_t room);
uint8_t kernel_get_u8(const struct nlattr *a);
uint16_t kernel_get_u16(const struct nlattr *a);
uint32_t kernel_get_u32(const struct nlattr *a);
uint64_t kernel_get_u64(const struct nlattr *a);
void kernel_get_proxy(struct nlattr *nest, struct proxy *out);
void kernel_get_flow(struct nlattr *nest, struct kernel_flow *out);
void kernel_get_stats(struct nlattr *nest, struct kernel_stats *out);
void kernel_get_drops(struct nlattr *nest, struct kernel_drops *out);
void kernel_get_sa(struct nlattr **tb, struct kernel_sa_info *sa);

#endif
