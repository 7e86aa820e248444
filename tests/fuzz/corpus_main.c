/*
 * Runs a fuzz target over every file of its corpus: the form in which `make test` uses it.
 *
 * Each file is given whole, and once cut at every power of two, so that truncation is met as well.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned run_file(const char *path)
{
	uint8_t *data;
	long size;
	FILE *f = fopen(path, "rb");

	if (!f)
		return 0;
	fseek(f, 0, SEEK_END);
	size = ftell(f);
	rewind(f);
	if (size < 0) {
		fclose(f);
		return 0;
	}
	data = malloc((size_t)size + 1);
	if (!data || fread(data, 1, (size_t)size, f) != (size_t)size) {
		fclose(f);
		free(data);
		return 0;
	}
	fclose(f);
	LLVMFuzzerTestOneInput(data, (size_t)size);
	for (size_t cut = 1; cut < (size_t)size; cut *= 2) {
		/* A copy of the exact size, so that AddressSanitizer sees a read beyond the cut. */
		uint8_t *part = malloc(cut);

		if (!part)
			break;
		memcpy(part, data, cut);
		LLVMFuzzerTestOneInput(part, cut);
		free(part);
	}
	free(data);
	return 1;
}

int main(int argc, char **argv)
{
	unsigned n = 0;
	struct dirent *entry;
	char path[4096];
	DIR *d;

	if (argc != 2) {
		fprintf(stderr, "usage: %s CORPUS-DIRECTORY\n", argv[0]);
		return 2;
	}
	LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	d = opendir(argv[1]);
	while (d && (entry = readdir(d))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name);
		n += run_file(path);
	}
	if (d)
		closedir(d);
	if (n == 0) {
		fprintf(stderr, "no corpus in %s\n", argv[1]);
		return 1;
	}
	printf("[  PASSED  ] 1 test(s). %u inputs\n", n);
	return 0;
}
