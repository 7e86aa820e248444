/* The program: "serve" and its roles belong to the runtime, every other word to the command line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/cli.h"
#include "src/runtime/role.h"
#include "src/runtime/supervisor.h"

static int serve(int argc, char **argv)
{
	const char *path = getenv("TAYORI_CONFIG");

	if (!path || !*path)
		path = "/etc/tayori/tayori.conf";
	for (int i = 2; i < argc; i++) {
		if (strncmp(argv[i], "--config=", 9) == 0) {
			path = argv[i] + 9;
		} else if (strcmp(argv[i], "--config") == 0 && i + 1 < argc) {
			path = argv[++i];
		} else {
			fprintf(stderr,
			        "tayori: \"%s\" is not an argument of serve\n"
			        "usage: tayori serve [--config FILE]\n",
			        argv[i]);
			return CLI_USAGE;
		}
	}
	return runtime_serve(path);
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "serve") == 0)
		return serve(argc, argv);
	if (argc > 1 && strcmp(argv[1], RUNTIME_ROLE_VERB) == 0)
		return runtime_role_main(argc, argv);
	return cli_main(argc, argv);
}
