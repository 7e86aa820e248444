/* Prints the manual page of the configuration file; docs/man/tayori.conf.5 is its output. */
#include <stdio.h>

#include "src/base/buf.h"
#include "src/config/config.h"

int main(void)
{
	struct buf out = buf_in(NULL, 1 << 20);

	if (config_print_manual(&out) || fwrite(out.p, 1, out.n, stdout) != out.n ||
	    fflush(stdout) != 0)
		return 1;
	buf_clear(&out);
	return 0;
}
