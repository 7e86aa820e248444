#include <string.h>

#include "src/config/parse_priv.h"

struct scan {
	struct config_parse *parse;
	char *at;
	uint32_t line;
	uint32_t depth;  /* of open braces */
	uint32_t opened; /* line of the outermost one */
	bool in_word;    /* right after a character of an unquoted value */
};

static enum err skip_comment(struct scan *s)
{
	uint32_t start = s->line;
	char *end = strstr(s->at + 2, "*/");

	for (; end && s->at < end + 2; s->at++) {
		s->line += *s->at == '\n';
		if (*s->at != '\n')
			*s->at = ' ';
	}
	if (end)
		return ERR_OK;
	return config_parse_fail(s->parse, start,
	                         "the comment that starts here never ends; write */ "
	                         "after it");
}

static enum err check_escape(struct scan *s)
{
	char c = s->at[1];

	if ((c >= '0' && c <= '9') || c == 'x')
		return config_parse_fail(s->parse, s->line,
		                         "\\%c is no escape; write the character itself", c);
	return ERR_OK;
}

static enum err skip_string(struct scan *s)
{
	uint32_t start = s->line;
	char quote = *s->at++;

	for (; *s->at; s->at++) {
		if (*s->at == quote) {
			s->at++;
			return ERR_OK;
		}
		if (quote == '"' && s->at[0] == '$' && s->at[1] == '{')
			return config_parse_fail(s->parse, s->line,
			                         "variables are not expanded; write "
			                         "the value, or \\${ for the characters ${");
		if (s->at[0] == '\\' && s->at[1]) {
			if (quote == '"' && check_escape(s))
				return ERR_INVALID;
			s->at++;
		}
		s->line += *s->at == '\n';
	}
	return config_parse_fail(s->parse, start,
	                         "the text that starts here never ends; write %c after it", quote);
}

static enum err scan_one(struct scan *s)
{
	char c = s->at[0], next = s->at[1];
	bool was_in_word = s->in_word;

	s->in_word = false;
	if (c == '"' || c == '\'')
		return skip_string(s);
	if (c == '#' || (c == '/' && next == '/' && !was_in_word)) {
		while (*s->at && *s->at != '\n')
			*s->at++ = ' ';
		return ERR_OK;
	}
	if (c == '/' && next == '*' && !was_in_word)
		return skip_comment(s);
	if (c == '$' && next == '{')
		return config_parse_fail(s->parse, s->line,
		                         "variables are not expanded; write the value, "
		                         "or '${' in single quotes for the characters");
	s->in_word = !strchr(" \t\n\r={}()+,", c);
	s->line += c == '\n';
	if (c == '{' && s->depth++ == 0)
		s->opened = s->line;
	if (c == '}' && s->depth > 0)
		s->depth--;
	s->at++;
	return ERR_OK;
}

/* "//" inside an unquoted value belongs to it, "#" does not. */
enum err config_scan_blank(struct config_parse *p, char *text)
{
	struct scan s = { .parse = p, .at = text, .line = 1 };

	while (*s.at)
		if (scan_one(&s))
			return ERR_INVALID;
	if (s.depth)
		return config_parse_fail(p, s.opened,
		                         "the { that stands here is never closed; write } at the "
		                         "end of the section");
	return ERR_OK;
}
