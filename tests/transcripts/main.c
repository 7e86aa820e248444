/* One program a protocol; the build names the class, so that each stands alone. */
#include RUNNER_HEADER

#include "tests/transcripts/runner.h"

int main(int argc, char **argv)
{
	return runner_main(argc, argv, &RUNNER_CLASS);
}
