/*
 * How eagerly the threads of a process take a processor.
 *
 * A thread that wakes up pushes aside whoever runs, by default. Threads of a server wake up for
 * each small packet: when there are many, they push aside whoever is about to send the next one
 * (another role, a program on the same machine), handle one packet and sleep again. As batch
 * threads (SCHED_BATCH) they wait until the other sleeps or its slice ends, and find several: a
 * third more mail on two busy cores. But then each waits for slices of others, too, which a process
 * with little to do should not, nor one that does long pieces of work, which nobody's packet
 * interrupts often anyway. So they are batch threads while their process uses much of the machine
 * for small pieces.
 */
#ifndef TAYORI_BASE_PACE_H
#define TAYORI_BASE_PACE_H

/* Once, before threads that serve are started. Does nothing when an administrator has chosen how
 * the process is scheduled. */
void pace_start(void);

/* By a thread, between two pieces of work; counts them. Cheap. Does nothing without pace_start. */
void pace_thread(void);

#endif
