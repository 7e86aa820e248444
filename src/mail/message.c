#include "src/mail/message.h"

#include <string.h>

#include "src/base/arena.h"
#include "src/mail/header_priv.h"
#include "src/mail/message_priv.h"
#include "src/mail/text_priv.h"

const struct mail_limits mail_limits_default = {
	.max_parts = 10000,
	.max_depth = 100,
	.max_header_bytes = 1024 * 1024,
	.max_addresses = 10000,
};

enum {
	TEXT_START = 2048,
	TEXT_SLACK = 1024 * 1024
};

/* The same octet in all lanes of a word. */
static uint64_t lanes(unsigned char c)
{
	return c * UINT64_C(0x0101010101010101);
}

static uint64_t load(const unsigned char *p)
{
	uint64_t w;

	memcpy(&w, p, sizeof w);
	return w;
}

/* Look for 8-bit octets and NUL, eight at a time. */
static void scan_octets(struct str s, bool *has_8bit, bool *has_nul)
{
	uint64_t high = 0, zero = 0;
	size_t i = 0;

	for (; i + 8 <= s.n; i += 8) {
		uint64_t w = load(s.p + i);

		high |= w;
		/* Borrows run upwards only from a lane that is zero, so "any" is exact. */
		zero |= (w - lanes(1)) & ~w;
	}
	for (; i < s.n; i++) {
		high |= s.p[i];
		zero |= s.p[i] ? 0 : 0x80;
	}
	*has_8bit |= (high & lanes(0x80)) != 0;
	*has_nul |= (zero & lanes(0x80)) != 0;
}

/* Line feeds in `s`, eight octets at a time; each lane of `sum` counts up to 255. */
static size_t count_lines(struct str s)
{
	size_t count = 0, i = 0;

	while (i + 8 <= s.n) {
		size_t words = (s.n - i) / 8 < 255 ? (s.n - i) / 8 : 255;
		uint64_t sum = 0;

		for (size_t k = 0; k < words; k++, i += 8) {
			uint64_t x = load(s.p + i) ^ lanes('\n');
			uint64_t nonzero = ((x & lanes(0x7f)) + lanes(0x7f)) | x;

			sum += ~nonzero >> 7 & lanes(1);
		}
		for (; sum; sum >>= 8)
			count += sum & 0xff;
	}
	for (; i < s.n; i++)
		count += s.p[i] == '\n';
	return count;
}

/* Octet after the line that begins at `at`. */
static size_t next_line(const struct parser *p, size_t at)
{
	const unsigned char *eol = memchr(p->bytes.p + at, '\n', p->bytes.n - at);

	return eol ? (size_t)(eol - p->bytes.p) + 1 : p->bytes.n;
}

/* Octets of the line end before `at`, which is where a line begins. */
static size_t line_end_before(const struct parser *p, size_t at)
{
	if (at == 0 || p->bytes.p[at - 1] != '\n')
		return 0;
	return at > 1 && p->bytes.p[at - 2] == '\r' ? 2 : 1;
}

/* A boundary delimiter line (RFC 2046 section 5.1.1). */
struct delimiter {
	size_t level; /* in parser.open */
	bool is_close;
};

/* Index + 1 of the innermost open boundary that is `text`, or 0. */
static size_t find_open(const struct parser *p, struct str text)
{
	uint64_t hash = str_hash(text);

	if (!p->hash_count[hash & 255])
		return 0;
	for (size_t i = p->open_count; i > 0; i--)
		if (p->open[i - 1].hash == hash && str_eq(p->open[i - 1].text, text))
			return i;
	return 0;
}

static struct str without_trailing_blanks(struct str s)
{
	while (s.n && is_space(s.p[s.n - 1]))
		s.n--;
	return s;
}

/*
 * True when the line [at, next) is a delimiter of an open multipart. The whole line must be it, so
 * a boundary that begins like another is not taken for it; of two equal ones the inner is meant.
 */
static bool is_delimiter(const struct parser *p, size_t at, size_t next, struct delimiter *d_r)
{
	struct str line = str_make(p->bytes.p + at, next - at);
	size_t open, close = 0;

	if (p->open_count == 0 || line.n < 3 || line.p[0] != '-' || line.p[1] != '-')
		return false;
	line = without_trailing_blanks(str_from(line, 2));
	if (line.n == 0)
		return false;
	open = find_open(p, line);
	if (str_ends(line, STR("--")))
		close = find_open(p, str_first(line, line.n - 2));
	if (open == 0 && close == 0)
		return false;
	d_r->is_close = close > open;
	d_r->level = (d_r->is_close ? close : open) - 1;
	return true;
}

static void close_boundaries(struct parser *p, size_t count)
{
	while (p->open_count > count)
		p->hash_count[p->open[--p->open_count].hash & 255]--;
}

static void open_boundary(struct parser *p, struct part *part)
{
	struct str text = without_trailing_blanks(part->boundary);

	if (text.n == 0)
		return;
	if (p->open_count == p->open_room) {
		size_t room = p->open_room ? p->open_room * 2 : 8;

		p->open = arena_grow(p->tmp, p->open, p->open_room * sizeof *p->open,
		                     room * sizeof *p->open);
		p->open_room = room;
	}
	p->open[p->open_count] = (struct open_boundary){ part, text, str_hash(text) };
	/* The count of a lane cannot overflow: depth is limited below that. */
	p->hash_count[p->open[p->open_count].hash & 255]++;
	p->open_count++;
}

/* A new part whose header begins at the current position. */
static struct part *open_part(struct parser *p, struct part *parent)
{
	struct part *part = ARENA_NEW(p->tmp, struct part);

	part->parent = parent;
	part->hdr_off = p->pos;
	part->encoding = '7';
	part->is_message = !parent || parent->kind == PART_MESSAGE;
	if (parent) {
		part->depth = parent->depth + 1;
		part->is_enclosed = parent->is_enclosed || parent->kind == PART_MESSAGE;
		if (parent->last_child)
			parent->last_child->next = part;
		else
			parent->first_child = part;
		parent->last_child = part;
	}
	p->last = part;
	p->count++;
	return part;
}

/* The field in [begin, end): note it when it is one of those that matter. */
static void add_field(struct parser *p, struct fields *f, size_t begin, size_t end)
{
	struct str raw = str_make(p->bytes.p + begin, end - begin), name;
	ptrdiff_t colon = str_find(str_first(raw, 64), ':');
	enum field field;

	if (colon <= 0)
		return;
	name = str_first(raw, (size_t)colon);
	while (name.n && is_wsp(name.p[name.n - 1]))
		name.n--;
	field = fields_find(name);
	if (field != FIELD_NONE)
		fields_add(p, f, field, without_trailing_blanks(str_from(raw, (size_t)colon + 1)));
}

/*
 * Read the header block of `part` up to its blank line, or to what comes before it: a delimiter, a
 * line that is none of a header, the end. Leaves the position at the first octet behind it.
 */
static void read_header(struct parser *p, struct part *part, struct fields *f)
{
	size_t limit = part->hdr_off + p->limits->max_header_bytes;
	size_t field = p->pos, next = p->pos;
	bool is_cut = false, is_line = true;
	struct delimiter d;

	for (; p->pos < p->bytes.n; p->pos = next) {
		struct str line;

		next = next_line(p, p->pos);
		line = str_make(p->bytes.p + p->pos, next - p->pos);
		is_cut = is_delimiter(p, p->pos, next, &d);
		is_line = !is_cut && header_is_line(line);
		if (!is_line)
			break;
		if (!is_wsp(line.p[0])) {
			if (field < p->pos && p->pos <= limit)
				add_field(p, f, field, p->pos);
			field = p->pos;
		}
		p->line += line.p[line.n - 1] == '\n';
	}
	if (field < p->pos && p->pos <= limit)
		add_field(p, f, field, p->pos);
	if (!is_line && !is_cut && header_line_end(str_from(p->bytes, p->pos))) {
		p->pos = next;
		p->line++;
	}
	part->body_off = p->pos;
	/* The line end before a delimiter belongs to the delimiter. */
	if (is_cut) {
		part->body_off -= line_end_before(p, p->pos);
		if (part->body_off < part->hdr_off)
			part->body_off = part->hdr_off;
	}
	part->body_line = p->line;
}

/*
 * Close the open parts inside `outer` (all of them for NULL); their bodies end at `end`, before
 * which there are `line` line ends. A part may be so short that `end`, which leaves out the line
 * end before the delimiter, lies in its header: the outermost keeps its header then, and those
 * inside end where it does.
 */
static void close_parts(struct parser *p, const struct part *outer, size_t end, size_t line)
{
	struct part *part = p->last;

	while (part != outer && part->parent != outer)
		part = part->parent;
	if (part != outer && end < part->body_off)
		end = part->body_off;
	for (part = p->last; part != outer; part = part->parent) {
		part->hdr_off = part->hdr_off < end ? part->hdr_off : end;
		part->body_off = part->body_off < end ? part->body_off : end;
		part->lines = end > part->body_off ? line - part->body_line : 0;
		part->end = end;
	}
	p->last = part;
}

/* Read on to the next delimiter; false at the end. The position is behind its line then. */
static bool skip_body(struct parser *p, struct delimiter *d_r, size_t *at_r)
{
	if (p->open_count == 0) {
		p->line += count_lines(str_from(p->bytes, p->pos));
		p->pos = p->bytes.n;
		return false;
	}
	while (p->pos < p->bytes.n) {
		size_t at = p->pos, next = next_line(p, at);
		bool is_found = is_delimiter(p, at, next, d_r);

		p->line += p->bytes.p[next - 1] == '\n';
		p->pos = next;
		if (is_found) {
			*at_r = at;
			return true;
		}
	}
	return false;
}

/* Skip to the next part of a multipart and open it; NULL at the end of the message. */
static struct part *next_part(struct parser *p)
{
	struct delimiter d;
	size_t at;

	while (skip_body(p, &d, &at)) {
		struct part *multipart = p->open[d.level].part;
		size_t eol = line_end_before(p, at);
		size_t own = p->bytes.p[p->pos - 1] == '\n';

		close_parts(p, multipart, at - eol, p->line - own - (eol > 0));
		close_boundaries(p, d.level + 1);
		if (!d.is_close && p->count < p->limits->max_parts)
			return open_part(p, multipart);
		/* What follows belongs to the multipart, but to none of its parts. */
		close_boundaries(p, d.level);
	}
	return NULL;
}

/* The first text that a person would see. */
static void note_preview(struct parser *p, struct part *part)
{
	if (part->is_attachment || part->is_enclosed)
		return;
	if (part->is_plain && !p->plain)
		p->plain = part;
	if (part->is_html && !p->html)
		p->html = part;
}

/*
 * A multipart must have parts (RFC 3501 section 9, body-type-mpart). One in which no delimiter was
 * found shows its whole body as text, so that a reader sees what is there. A message/rfc822 cut off
 * before its body holds an empty message.
 */
static void add_substitute(struct parser *p, struct part *outer)
{
	static const struct fields nothing;
	struct part *part = ARENA_NEW(p->tmp, struct part);

	part->parent = outer;
	part->depth = outer->depth + 1;
	part->hdr_off = part->body_off = outer->body_off;
	part->end = outer->end;
	part->lines = outer->lines;
	part->is_enclosed = outer->is_enclosed || outer->kind == PART_MESSAGE;
	part->is_text = part->is_plain = true;
	outer->first_child = outer->last_child = part;
	if (outer->kind == PART_MESSAGE) {
		part->is_message = true;
		part->envelope = envelope_write(p, &nothing);
	}
	fields_describe_as(p, part,
	                   STR("\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL "
	                       "\"7bit\""));
	note_preview(p, part);
}

static void add_substitutes(struct parser *p)
{
	struct part *part = p->root;

	while (part) {
		if (part->kind != PART_LEAF && !part->first_child)
			add_substitute(p, part);
		if (part->first_child) {
			part = part->first_child;
			continue;
		}
		while (part && !part->next)
			part = part->parent;
		if (part)
			part = part->next;
	}
}

static void parse_parts(struct parser *p, struct arena *a, struct mail_message *m)
{
	struct part *part = open_part(p, NULL);

	p->root = part;
	while (part) {
		struct fields f = { .more_last = &f.more };

		read_header(p, part, &f);
		fields_describe(p, part, &f);
		note_preview(p, part);
		if (part == p->root) {
			m->received_count = f.received;
			m->message_id = fields_message_id(a, f.value[FIELD_MESSAGE_ID]);
		}
		arena_reset(p->scratch);
		if (part->kind == PART_MULTIPART)
			open_boundary(p, part);
		if (part->kind == PART_MESSAGE && p->pos == part->body_off)
			part = open_part(p, part);
		else
			part = next_part(p);
	}
	close_parts(p, NULL, p->bytes.n, p->line);
	add_substitutes(p);
}

void mail_message_parse(struct arena *a, struct str bytes, const struct mail_limits *limits,
                        struct mail_message *message_r)
{
	struct mail_message m = { 0 };
	struct parser p = {
		.limits = limits ? limits : &mail_limits_default,
		.bytes = bytes.p ? bytes : STR(""),
		.text = { .max = SIZE_MAX / 4 },
		.text_soft_max = bytes.n * 2 + TEXT_SLACK,
	};

	must(bytes.n <= UINT32_MAX);
	must(p.limits->max_depth < 255 && p.limits->max_parts > 0);
	p.tmp = arena_new(NULL);
	p.scratch = arena_new(p.tmp);
	must(buf_reserve(&p.text, TEXT_START));
	parse_parts(&p, a, &m);
	m.hdr_size = (uint32_t)p.root->body_off;
	m.lines = (uint32_t)p.root->lines;
	scan_octets(str_first(bytes, m.hdr_size), &m.has_8bit_header, &m.has_nul);
	m.has_8bit = m.has_8bit_header;
	scan_octets(str_from(bytes, m.hdr_size), &m.has_8bit, &m.has_nul);
	m.envelope = str_dup(a, str_make(p.text.p + p.root->envelope.at, p.root->envelope.n));
	m.bodystructure = structure_write(a, &p, true);
	m.body = structure_write(a, &p, false);
	m.parts = structure_index(a, &p);
	m.preview = preview_make(a, &p);
	buf_clear(&p.text);
	arena_free(&p.tmp);
	*message_r = m;
}
