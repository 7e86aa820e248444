#include "src/base/must.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void must_failed(const char *file, int line, const char *func, const char *cond)
{
	fprintf(stderr, "tayori[%d]: bug: %s:%d: %s: must(%s)\n", (int)getpid(), file, line, func,
	        cond);
	fflush(stderr);
	abort();
}
