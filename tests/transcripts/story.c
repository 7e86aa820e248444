#include <stdio.h>

#include "src/base/arena.h"
#include "src/base/buf.h"
#include "tests/transcripts/runner.h"

enum {
	STORY_MAX_BYTES = 1 << 20,
	DEPTH_MAX = 4
};

static enum err read_file(struct arena *a, const char *path, struct str *text_r)
{
	struct buf b = buf_in(a, STORY_MAX_BYTES);
	FILE *f = fopen(path, "re");
	char block[8192];
	size_t n;

	if (!f)
		return ERR_IO;
	while ((n = fread(block, 1, sizeof block, f)) > 0)
		if (buf_add(&b, str_make(block, n))) {
			fclose(f);
			return ERR_LIMIT;
		}
	fclose(f);
	*text_r = buf_str(&b);
	return ERR_OK;
}

/* Where lines of a story and of its parts are added. */
struct reading {
	struct arena *arena;
	struct story_line **tail;
	unsigned number; /* of the line in the story itself, also for those of its parts */
};

static enum err add_file(struct reading *r, const char *path, unsigned depth);

/* "with NAME": the lines of NAME.part, beside the file at `path`. */
static enum err add_part(struct reading *r, const char *path, struct str name, unsigned depth)
{
	struct str file = str_c(path);
	ptrdiff_t slash = str_rfind(file, '/');
	struct str part = str_printf(r->arena, "%.*s%.*s.part",
	                             STR_ARG(str_first(file, (size_t)(slash + 1))), STR_ARG(name));

	return depth == DEPTH_MAX ? ERR_LIMIT : add_file(r, (const char *)part.p, depth + 1);
}

static enum err add_line(struct reading *r, const char *path, struct str line, unsigned depth)
{
	struct story_line *l;
	struct str verb;

	if (line.n == 0 || line.p[0] == '#')
		return ERR_OK;
	str_cut(&line, ' ', &verb);
	/* Set-up words are aligned by hand; what is said and heard is taken as it stands. */
	if (verb.n > 2)
		line = str_trim(line);
	if (str_eq(verb, STR("with")))
		return add_part(r, path, line, depth);
	l = ARENA_NEW(r->arena, struct story_line);
	*l = (struct story_line){ .number = r->number, .verb = verb, .rest = line };
	*r->tail = l;
	r->tail = &l->next;
	return ERR_OK;
}

static enum err add_file(struct reading *r, const char *path, unsigned depth)
{
	struct str text, line;
	enum err e = read_file(r->arena, path, &text);

	while (!e && text.n) {
		str_cut(&text, '\n', &line);
		r->number += depth == 0;
		e = add_line(r, path, line, depth);
	}
	return e;
}

enum err story_read(struct arena *a, const char *path, struct story_line **first_r)
{
	struct story_line *first = NULL;
	struct reading r = { .arena = a, .tail = &first };
	enum err e = add_file(&r, path, 0);

	*first_r = first;
	return e;
}

bool story_match(struct str pattern, struct str line)
{
	size_t p = 0, i = 0, star = SIZE_MAX, star_i = 0;

	while (i < line.n || p < pattern.n) {
		if (p < pattern.n && pattern.p[p] == '*') {
			star = p++;
			star_i = i;
			continue;
		}
		if (p < pattern.n && i < line.n) {
			size_t q = p + (pattern.p[p] == '\\' && p + 1 < pattern.n &&
			                pattern.p[p + 1] == '*');

			if (pattern.p[q] == line.p[i]) {
				p = q + 1;
				i++;
				continue;
			}
		}
		if (star == SIZE_MAX || star_i >= line.n)
			return false;
		p = star + 1;
		i = ++star_i;
	}
	return true;
}

static int hex(unsigned char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 0;
}

struct str story_unescape(struct arena *a, struct str text)
{
	unsigned char *out = arena_alloc(a, text.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = text.p[i];

		if (c == '\\' && i + 1 < text.n) {
			c = text.p[++i];
			if (c == 'r')
				c = '\r';
			else if (c == 'n')
				c = '\n';
			else if (c == 't')
				c = '\t';
			else if (c == '0')
				c = '\0';
			else if (c == 'x' && i + 2 < text.n) {
				c = (unsigned char)(hex(text.p[i + 1]) << 4 | hex(text.p[i + 2]));
				i += 2;
			}
		}
		out[n++] = c;
	}
	return str_make(out, n);
}

struct str story_word(struct str *rest)
{
	struct str word;

	*rest = str_trim(*rest);
	str_cut(rest, ' ', &word);
	return word;
}

bool story_value(struct str word, const char *name, struct str *value_r)
{
	struct str rest = word, head;

	if (!str_cut(&rest, '=', &head) || !str_eq(head, str_c(name)))
		return false;
	*value_r = rest;
	return true;
}
