#include "src/runtime/counts.h"

#include <stdio.h>

#include "src/base/must.h"

void runtime_count_name(enum runtime_count count, char name_r[RUNTIME_COUNT_NAME])
{
	static const char *const names[RUNTIME_COUNTS] = {
		[RUNTIME_COUNT_WAITING] = "sessions_waiting",
		[RUNTIME_COUNT_THREADS] = "threads",
		[RUNTIME_COUNT_THREADS_IDLE] = "threads_idle",
		[RUNTIME_COUNT_ACCEPTED] = "connections",
		[RUNTIME_COUNT_REFUSED] = "refused",
		[RUNTIME_COUNT_STEPS] = "steps",
		[RUNTIME_COUNT_SHED] = "shed",
		[RUNTIME_COUNT_STORE_WAITING] = "store_waiting",
		[RUNTIME_COUNT_STORE_WRITES] = "store_writes",
		[RUNTIME_COUNT_STORE_BATCHES] = "store_batches",
		[RUNTIME_COUNT_STORE_FAILED] = "store_failed",
	};

	must((unsigned)count < RUNTIME_COUNTS);
	if (names[count])
		snprintf(name_r, RUNTIME_COUNT_NAME, "%s", names[count]);
	else
		snprintf(name_r, RUNTIME_COUNT_NAME, "sessions_%s",
		         config_protocol_name((enum config_protocol)count));
}
