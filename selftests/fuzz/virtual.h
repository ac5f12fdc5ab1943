/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Time, workers and randomness that a test holds in its hand: included before
 * every file of a fuzz target that must do the same with the same input.
 * Timers fire and workers finish only when told to; what is random follows a seed.
 */
#ifndef FUZZ_VIRTUAL_H
#define FUZZ_VIRTUAL_H

#include <gcrypt.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

/** virtual_reset() - time zero, nothing pending; randomness from @seed */
void virtual_reset(uint32_t seed);

/** virtual_advance() - time goes on by @ms; timers fire in their order */
void virtual_advance(uint64_t ms);

/** virtual_worker() - the oldest job of workers.h, of which virtual.c has its own, is done; false: there is none */
bool virtual_worker(void);

/** virtual_timers() - how many run */
unsigned int virtual_timers(void);

uint64_t virtual_now(const uv_loop_t *loop);
void virtual_update_time(uv_loop_t *loop);
int virtual_timer_init(uv_loop_t *loop, uv_timer_t *handle);
int virtual_timer_start(uv_timer_t *handle, uv_timer_cb fn, uint64_t ms, uint64_t repeat);
int virtual_timer_stop(uv_timer_t *handle);
uint64_t virtual_timer_due_in(const uv_timer_t *handle);
void virtual_close(uv_handle_t *handle, uv_close_cb fn);
void virtual_randomize(void *out, size_t len, enum gcry_random_level level);

#define uv_now virtual_now
#define uv_update_time virtual_update_time
#define uv_timer_init virtual_timer_init
#define uv_timer_start virtual_timer_start
#define uv_timer_stop virtual_timer_stop
#define uv_timer_get_due_in virtual_timer_due_in
#define uv_close virtual_close
#define gcry_randomize virtual_randomize

#endif
