/*
 * The only source of randomness: the kernel's, unless a test has set a seed.
 */
#ifndef TAYORI_BASE_RANDOM_H
#define TAYORI_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* Fill `n` bytes with unpredictable values. Never fails: without entropy the process ends. */
void random_fill(void *p, size_t n);

/* An unpredictable number. */
uint64_t random_u64(void);

/* Tests: a fixed, reproducible sequence from here on; 0 returns to the kernel's. */
void random_test_seed(uint64_t seed);

#endif
