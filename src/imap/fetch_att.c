/*
 * What a FETCH wants: fetch-att of RFC 3501 section 9.
 */
#include <string.h>

#include "src/base/arena.h"
#include "src/base/must.h"
#include "src/imap/fetch_priv.h"

static const struct {
	const char *name;
	uint32_t items;
	uint32_t fields;
} plain[] = {
	{ "FLAGS", IMAP_FETCH_FLAGS, STORE_FETCH_FLAGS },
	{ "UID", IMAP_FETCH_UID, 0 },
	{ "INTERNALDATE", IMAP_FETCH_INTERNALDATE, STORE_FETCH_DATES },
	{ "RFC822.SIZE", IMAP_FETCH_SIZE, STORE_FETCH_SIZE },
	{ "ENVELOPE", IMAP_FETCH_ENVELOPE, STORE_FETCH_ENVELOPE },
	{ "BODYSTRUCTURE", IMAP_FETCH_BODYSTRUCTURE, STORE_FETCH_BODYSTRUCTURE },
	{ "BODY", IMAP_FETCH_BODY, STORE_FETCH_BODY },
	{ "MODSEQ", IMAP_FETCH_MODSEQ, STORE_FETCH_MODSEQ },
	{ "EMAILID", IMAP_FETCH_EMAILID, STORE_FETCH_IDS },
	{ "THREADID", IMAP_FETCH_THREADID, STORE_FETCH_IDS },
	{ "SAVEDATE", IMAP_FETCH_SAVEDATE, STORE_FETCH_DATES },
	{ "PREVIEW", IMAP_FETCH_PREVIEW, STORE_FETCH_PREVIEW },
};

static const struct {
	const char *name;
	uint32_t items;
	uint32_t fields;
} macros[] = {
	{ "FAST", IMAP_FETCH_FLAGS | IMAP_FETCH_INTERNALDATE | IMAP_FETCH_SIZE,
	  STORE_FETCH_FLAGS | STORE_FETCH_DATES | STORE_FETCH_SIZE },
	{ "ALL", IMAP_FETCH_FLAGS | IMAP_FETCH_INTERNALDATE | IMAP_FETCH_SIZE | IMAP_FETCH_ENVELOPE,
	  STORE_FETCH_FLAGS | STORE_FETCH_DATES | STORE_FETCH_SIZE | STORE_FETCH_ENVELOPE },
	{ "FULL",
	  IMAP_FETCH_FLAGS | IMAP_FETCH_INTERNALDATE | IMAP_FETCH_SIZE | IMAP_FETCH_ENVELOPE |
	          IMAP_FETCH_BODY,
	  STORE_FETCH_FLAGS | STORE_FETCH_DATES | STORE_FETCH_SIZE | STORE_FETCH_ENVELOPE |
	          STORE_FETCH_BODY },
};

/* The name of an item ends before "[", which an atom would swallow. */
static struct str take_name(struct imap_parser *p)
{
	size_t n = 0;
	struct str name;

	while (n < p->rest.n) {
		unsigned char ch = p->rest.p[n];

		if (!((ch >= 'A' && ch <= 'Z') || (ch >= 'a' && ch <= 'z') ||
		      (ch >= '0' && ch <= '9') || ch == '.'))
			break;
		n++;
	}
	name = str_first(p->rest, n);
	p->rest = str_from(p->rest, n);
	return name;
}

/* "1.2.3" and the dot behind it, when a text part follows: then `*has_dot_r`. */
static bool parse_path(struct imap_parser *p, struct imap_fetch_body *body, bool *has_dot_r)
{
	uint32_t path[IMAP_FETCH_DEPTH_MAX];
	uint64_t number;

	while (p->rest.n > 0 && p->rest.p[0] >= '0' && p->rest.p[0] <= '9') {
		if (body->depth == IMAP_FETCH_DEPTH_MAX)
			return imap_parser_fail(p, "at most 100 part numbers");
		if (!imap_parser_number(p, 1, UINT32_MAX, &number))
			return false;
		path[body->depth++] = (uint32_t)number;
		*has_dot_r = imap_parser_try(p, '.');
		if (!*has_dot_r)
			break;
	}
	body->path = arena_array(p->arena, body->depth + 1, sizeof *body->path);
	if (body->depth > 0)
		memcpy(body->path, path, body->depth * sizeof *path);
	return true;
}

/* SP "(" header-fld-name *(SP header-fld-name) ")" */
static bool parse_fields(struct imap_parser *p, struct imap_fetch_body *body)
{
	size_t room = 0;

	if (!imap_parser_space(p) || !imap_parser_byte(p, '(', "header field names in parentheses"))
		return false;
	do {
		if (body->n_fields == IMAP_FETCH_FIELDS_MAX)
			return imap_parser_fail(p, "at most 1000 header field names");
		if (body->n_fields == room) {
			body->fields = arena_grow(p->arena, body->fields,
			                          room * sizeof *body->fields,
			                          (room + 16) * 2 * sizeof *body->fields);
			room = (room + 16) * 2;
		}
		if (!imap_parser_astring(p, &body->fields[body->n_fields]))
			return false;
		body->n_fields++;
	} while (imap_parser_try(p, ' '));
	return imap_parser_byte(p, ')', "the end of the header field names");
}

/* What stands between "[" and "]". */
static bool parse_section(struct imap_parser *p, struct imap_fetch_body *body)
{
	bool has_dot = false;

	if (!parse_path(p, body, &has_dot))
		return false;
	if (!has_dot && imap_parser_try(p, ']'))
		return true;
	if (body->depth > 0 && !has_dot)
		return imap_parser_fail(p, "a dot or the end of the section");
	if (imap_parser_try_word(p, "HEADER.FIELDS.NOT"))
		body->section = IMAP_SECTION_FIELDS_NOT;
	else if (imap_parser_try_word(p, "HEADER.FIELDS"))
		body->section = IMAP_SECTION_FIELDS;
	else if (imap_parser_try_word(p, "HEADER"))
		body->section = IMAP_SECTION_HEADER;
	else if (imap_parser_try_word(p, "TEXT"))
		body->section = IMAP_SECTION_TEXT;
	else if (body->depth > 0 && imap_parser_try_word(p, "MIME"))
		body->section = IMAP_SECTION_MIME;
	else
		return imap_parser_fail(p, "HEADER, HEADER.FIELDS, TEXT, MIME or part numbers");
	if ((body->section == IMAP_SECTION_FIELDS || body->section == IMAP_SECTION_FIELDS_NOT) &&
	    !parse_fields(p, body))
		return false;
	return imap_parser_byte(p, ']', "the end of the section");
}

/* RFC 3516: part numbers only. */
static bool parse_section_binary(struct imap_parser *p, struct imap_fetch_body *body)
{
	bool has_dot = false;

	if (!parse_path(p, body, &has_dot))
		return false;
	if (has_dot)
		return imap_parser_fail(p, "a part number behind the dot");
	return imap_parser_byte(p, ']', "part numbers or the end of the section");
}

/* "<" number "." nz-number ">" */
static bool parse_partial(struct imap_parser *p, struct imap_fetch_body *body)
{
	if (!imap_parser_try(p, '<'))
		return true;
	body->has_partial = true;
	return imap_parser_number(p, 0, INT64_MAX, &body->offset) &&
	       imap_parser_byte(p, '.', "a dot between offset and size") &&
	       imap_parser_number(p, 1, INT64_MAX, &body->size) &&
	       imap_parser_byte(p, '>', "the end of the partial range");
}

/* Names as atoms where they can be: a label of the answer is one line of our own. */
static bool add_field_name(struct buf *b, struct str name)
{
	bool is_atom = name.n > 0;

	for (size_t i = 0; i < name.n; i++)
		is_atom &= name.p[i] > ' ' && name.p[i] < 0x7f && !strchr("(){%*\"\\]", name.p[i]);
	if (is_atom)
		return !buf_add(b, name);
	return !buf_printf(b, "{%zu}\r\n%.*s", name.n, STR_ARG(name));
}

static bool add_label(struct buf *b, const struct imap_fetch_body *body)
{
	static const char *const names[] = {
		[IMAP_SECTION_ALL] = "",
		[IMAP_SECTION_HEADER] = "HEADER",
		[IMAP_SECTION_FIELDS] = "HEADER.FIELDS (",
		[IMAP_SECTION_FIELDS_NOT] = "HEADER.FIELDS.NOT (",
		[IMAP_SECTION_TEXT] = "TEXT",
		[IMAP_SECTION_MIME] = "MIME",
	};
	bool is_ok = !buf_add_c(b, body->kind == IMAP_FETCH_KIND_BODY     ? "BODY["
	                           : body->kind == IMAP_FETCH_KIND_BINARY ? "BINARY["
	                                                                  : "BINARY.SIZE[");

	for (size_t i = 0; i < body->depth; i++)
		is_ok &= !buf_printf(b, i > 0 ? ".%u" : "%u", body->path[i]);
	if (body->depth > 0 && body->section != IMAP_SECTION_ALL)
		is_ok &= !buf_add_byte(b, '.');
	is_ok &= !buf_add_c(b, names[body->section]);
	for (size_t i = 0; i < body->n_fields; i++)
		is_ok &= (i == 0 || !buf_add_byte(b, ' ')) && add_field_name(b, body->fields[i]);
	is_ok &= !buf_add_c(b, body->n_fields > 0 ? ")]" : "]");
	if (body->has_partial)
		is_ok &= !buf_printf(b, "<%llu>", (unsigned long long)body->offset);
	return is_ok;
}

/* What the store must give along for a section. */
static uint32_t fields_for(const struct imap_fetch_body *body)
{
	uint32_t fields = STORE_FETCH_SIZE;

	if (body->depth > 0)
		return fields | STORE_FETCH_PARTS | STORE_FETCH_OCTETS;
	return body->section == IMAP_SECTION_ALL || body->section == IMAP_SECTION_TEXT
	               ? fields | STORE_FETCH_OCTETS
	               : fields | STORE_FETCH_HEADER;
}

static bool add_body(struct imap_parser *p, struct imap_fetch *f, struct imap_fetch_body *body)
{
	struct imap_fetch_body **end = &f->bodies;

	if (f->n_bodies == IMAP_FETCH_SECTIONS_MAX)
		return imap_parser_fail(p, "at most 200 sections");
	while (*end)
		end = &(*end)->next;
	*end = body;
	f->n_bodies++;
	f->fields |= fields_for(body);
	f->wants_header |= body->depth == 0 && body->section != IMAP_SECTION_TEXT;
	return true;
}

static bool parse_body(struct imap_parser *p, struct imap_fetch *f, bool is_peek)
{
	struct imap_fetch_body *body = ARENA_NEW(p->arena, struct imap_fetch_body);
	struct buf label = buf_in(p->arena, 1 << 20);

	if (!imap_parser_byte(p, '[', "a section in brackets") || !parse_section(p, body) ||
	    !parse_partial(p, body))
		return false;
	if (!add_label(&label, body))
		return imap_parser_fail(p, "shorter header field names");
	body->label = buf_str(&label);
	f->sets_seen |= !is_peek;
	return add_body(p, f, body);
}

static bool parse_binary(struct imap_parser *p, struct imap_fetch *f, enum imap_fetch_kind kind,
                         bool sets_seen)
{
	struct imap_fetch_body *body = ARENA_NEW(p->arena, struct imap_fetch_body);
	struct buf label = buf_in(p->arena, 1 << 16);

	body->kind = kind;
	if (!imap_parser_byte(p, '[', "a section in brackets") || !parse_section_binary(p, body))
		return false;
	if (kind == IMAP_FETCH_KIND_BINARY && !parse_partial(p, body))
		return false;
	if (!add_label(&label, body))
		return imap_parser_fail(p, "fewer part numbers");
	body->label = buf_str(&label);
	f->sets_seen |= sets_seen;
	return add_body(p, f, body);
}

static bool parse_rfc822(struct imap_parser *p, struct imap_fetch *f, struct str name,
                         bool *is_done)
{
	static const struct {
		const char *name;
		enum imap_section section;
		bool sets_seen;
	} forms[] = {
		{ "RFC822", IMAP_SECTION_ALL, true },
		{ "RFC822.HEADER", IMAP_SECTION_HEADER, false },
		{ "RFC822.TEXT", IMAP_SECTION_TEXT, true },
	};

	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		struct imap_fetch_body *body;

		if (!str_ieq(name, str_c(forms[i].name)))
			continue;
		body = ARENA_NEW(p->arena, struct imap_fetch_body);
		body->section = forms[i].section;
		body->label = str_c(forms[i].name);
		f->sets_seen |= forms[i].sets_seen;
		*is_done = true;
		return add_body(p, f, body);
	}
	return true;
}

/*
 * " (LAZY)" behind PREVIEW (RFC 8970 section 4): previews are made when mail comes, so they are
 * always there. Other parentheses are the modifiers of the command.
 */
static void parse_lazy(struct imap_parser *p)
{
	struct imap_parser ahead = *p;

	if (imap_parser_try(&ahead, ' ') && imap_parser_try(&ahead, '(') &&
	    imap_parser_try_word(&ahead, "LAZY") && imap_parser_try(&ahead, ')'))
		*p = ahead;
}

static bool parse_item(struct imap_parser *p, struct imap_fetch *f)
{
	struct str name = take_name(p);
	bool is_done = false;

	if (str_ieq(name, STR("BINARY")))
		return parse_binary(p, f, IMAP_FETCH_KIND_BINARY, true);
	if (str_ieq(name, STR("BINARY.PEEK")))
		return parse_binary(p, f, IMAP_FETCH_KIND_BINARY, false);
	if (str_ieq(name, STR("BINARY.SIZE")))
		return parse_binary(p, f, IMAP_FETCH_KIND_BINARY_SIZE, false);
	if (str_ieq(name, STR("BODY.PEEK")))
		return parse_body(p, f, true);
	if (str_ieq(name, STR("BODY")) && imap_parser_peek(p, '['))
		return parse_body(p, f, false);
	for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
		if (!str_ieq(name, str_c(plain[i].name)))
			continue;
		f->items |= plain[i].items;
		f->fields |= plain[i].fields;
		if (plain[i].items == IMAP_FETCH_PREVIEW)
			parse_lazy(p);
		return true;
	}
	if (!parse_rfc822(p, f, name, &is_done))
		return false;
	return is_done || imap_parser_fail(p, "a FETCH item such as FLAGS or BODY.PEEK[]");
}

static bool parse_macro(struct imap_parser *p, struct imap_fetch *f)
{
	for (size_t i = 0; i < sizeof macros / sizeof macros[0]; i++) {
		if (!imap_parser_try_word(p, macros[i].name))
			continue;
		f->items |= macros[i].items;
		f->fields |= macros[i].fields;
		return true;
	}
	return false;
}

bool imap_fetch_parse(struct imap_parser *p, struct imap_fetch *f)
{
	if (!imap_parser_try(p, '('))
		return parse_macro(p, f) || parse_item(p, f);
	do {
		if (!parse_item(p, f))
			return false;
	} while (imap_parser_try(p, ' '));
	return imap_parser_byte(p, ')', "a space or the end of the items");
}
