#include "tests/transcripts/runner.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/arena.h"
#include "src/base/buf.h"
#include "src/base/log.h"

struct tally {
	unsigned stories, passed, failed;
};

static const char *const way_names[PLAY_WAYS] = { "plain", "bytewise", "saved" };

static void run_story(struct tally *t, const char *path, const struct session_class *class,
                      const char *protocol)
{
	t->stories++;
	for (int way = 0; way < PLAY_WAYS; way++) {
		struct arena *a = arena_new(NULL);
		struct buf error = buf_in(a, 65536);

		if (play_story(path, class, protocol, (enum play_way)way, &error)) {
			t->passed++;
		} else {
			t->failed++;
			printf("FAIL %s (%s)\n  %.*s\n", path, way_names[way],
			       STR_ARG(buf_str(&error)));
		}
		arena_free(&a);
	}
}

static int is_story(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return n > 2 && strcmp(d->d_name + n - 2, ".t") == 0;
}

/* All stories of a directory by name, or the one file. */
static void run_path(struct tally *t, const char *path, const struct session_class *class,
                     const char *protocol)
{
	struct dirent **names;
	struct arena *a = arena_new(NULL);
	int n = scandir(path, &names, is_story, alphasort);

	if (n < 0) {
		run_story(t, path, class, protocol);
		arena_free(&a);
		return;
	}
	for (int i = 0; i < n; i++) {
		struct str file = str_printf(a, "%s/%s", path, names[i]->d_name);

		run_story(t, (const char *)file.p, class, protocol);
		free(names[i]);
	}
	free(names);
	arena_free(&a);
}

int runner_main(int argc, char **argv, const struct session_class *class)
{
	struct tally t = { 0 };

	if (argc < 3) {
		fprintf(stderr, "usage: %s PROTOCOL FILE-OR-DIRECTORY...\n", argv[0]);
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	log_setup("transcripts", getenv("TRANSCRIPT_LOG") ? LOG_LEVEL_DEBUG : LOG_LEVEL_ERROR,
	          LOG_TARGET_STDERR, false);
	for (int i = 2; i < argc; i++)
		run_path(&t, argv[i], class, argv[1]);
	printf("%s: %u stories in %d ways: %u passed, %u failed\n", argv[1], t.stories, PLAY_WAYS,
	       t.passed, t.failed);
	return t.failed || !t.passed ? 1 : 0;
}
