/*
 * The only place that reads a clock. Tests can stop and move it.
 */
#ifndef TAYORI_BASE_CLOCK_H
#define TAYORI_BASE_CLOCK_H

#include <stdint.h>

/* Wall clock, milliseconds since 1970-01-01 UTC. For dates people see, never for waiting. */
int64_t clock_wall_ms(void);

/* Monotonic milliseconds, for deadlines and durations. */
int64_t clock_mono_ms(void);

/* Tests: both clocks stand still at these values until moved by clock_test_advance. */
void clock_test_set(int64_t wall_ms, int64_t mono_ms);
void clock_test_advance(int64_t ms);

/* Tests: back to real time. */
void clock_test_clear(void);

#endif
