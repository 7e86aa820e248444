#include "src/mail/subject.h"

#include "src/base/arena.h"
#include "src/mail/text_priv.h"

/* Step 1: each run of white space as one space. */
static struct str single_spaces(struct arena *a, struct str s)
{
	unsigned char *out = arena_alloc(a, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (!is_space(s.p[i]))
			out[n++] = s.p[i];
		else if (n == 0 || out[n - 1] != ' ')
			out[n++] = ' ';
	}
	return str_make(out, n);
}

static struct str skip_spaces(struct str s)
{
	while (s.n && s.p[0] == ' ')
		s = str_from(s, 1);
	return s;
}

/* subj-blob = "[" *BLOBCHAR "]" *WSP: what follows one; false (result untouched) without one. */
static bool take_blob(struct str *s)
{
	for (size_t i = 1; s->n && s->p[0] == '[' && i < s->n && s->p[i] != '['; i++) {
		if (s->p[i] != ']')
			continue;
		*s = skip_spaces(str_from(*s, i + 1));
		return true;
	}
	return false;
}

/* subj-refwd = ("re" / ("fw" ["d"])) *WSP [subj-blob] ":" */
static bool take_refwd(struct str *s)
{
	struct str rest = *s;

	if (str_istarts(rest, STR("re")))
		rest = str_from(rest, 2);
	else if (str_istarts(rest, STR("fwd")))
		rest = str_from(rest, 3);
	else if (str_istarts(rest, STR("fw")))
		rest = str_from(rest, 2);
	else
		return false;
	rest = skip_spaces(rest);
	take_blob(&rest);
	if (!str_starts(rest, STR(":")))
		return false;
	*s = str_from(rest, 1);
	return true;
}

/* Step 2: subj-trailer = "(fwd)" / WSP, again and again. */
static struct str cut_trailers(struct str s, bool *is_reply)
{
	for (;;) {
		if (s.n && s.p[s.n - 1] == ' ') {
			s.n--;
		} else if (s.n >= 5 && str_ieq(str_from(s, s.n - 5), STR("(fwd)"))) {
			s.n -= 5;
			*is_reply = true;
		} else {
			return s;
		}
	}
}

/* Step 3: subj-leader = (*subj-blob subj-refwd) / WSP. */
static bool take_leader(struct str *s, bool *is_reply)
{
	struct str rest = *s;

	if (s->n && s->p[0] == ' ') {
		*s = str_from(*s, 1);
		return true;
	}
	while (take_blob(&rest))
		;
	if (!take_refwd(&rest))
		return false;
	*s = rest;
	*is_reply = true;
	return true;
}

/* Steps 3 to 5. */
static struct str cut_leaders(struct str s, bool *is_reply)
{
	for (;;) {
		struct str rest;

		while (take_leader(&s, is_reply))
			;
		rest = s;
		/* Step 4: a blob goes when something is left. */
		if (!take_blob(&rest) || rest.n == 0)
			return s;
		s = rest;
	}
}

struct str mail_subject_base(struct arena *a, struct str utf8, bool *is_reply_r)
{
	struct str s = single_spaces(a, utf8);

	*is_reply_r = false;
	for (;;) {
		s = cut_trailers(s, is_reply_r);
		s = cut_leaders(s, is_reply_r);
		/* Step 6: "[fwd:" around all. */
		if (!str_istarts(s, STR("[fwd:")) || !str_ends(s, STR("]")))
			return s;
		s = str_make(s.p + 5, s.n - 6);
		*is_reply_r = true;
	}
}
