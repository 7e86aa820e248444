#include "src/store/wire.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/arena.h"
#include "src/base/must.h"
#include "src/base/varint.h"

/* "TYR" and the version of the language. */
#define MAGIC 0x01525954u
#define FLAG_FD 1u
#define DEPTH_MAX 4
/* The mask of a sparse struct and all of its numbers. */
#define SPARSE_FIELDS_MAX 32
#define SPARSE_ROOM (4 + SPARSE_FIELDS_MAX * VARINT_MAX)
#define TRACE_TEXT_MAX 60
#define TRACE_LIST_MAX 8

/* ---------------------------------------------------------------- access to fields */

static const void *at(const void *object, size_t offset)
{
	return (const char *)object + offset;
}

static void *at_var(void *object, size_t offset)
{
	return (char *)object + offset;
}

static struct str text_of(const struct wire_field *f, const void *object)
{
	struct str s;
	memcpy(&s, at(object, f->offset), sizeof(s));
	return s;
}

static size_t count_of(const struct wire_field *f, const void *object)
{
	size_t n;
	memcpy(&n, at(object, f->count_offset), sizeof(n));
	return n;
}

static const void *list_of(const struct wire_field *f, const void *object)
{
	const void *p;
	memcpy(&p, at(object, f->offset), sizeof(p));
	return p;
}

const struct wire_field *wire_body_field(const struct wire_struct *s)
{
	for (size_t i = 0; i < s->n_fields; i++) {
		if (s->fields[i].type == WIRE_BODY)
			return &s->fields[i];
	}
	return NULL;
}

/* ---------------------------------------------------------------- encoding */

struct encoder {
	struct buf *b;
	int fd;
	struct errinfo *info;
};

static enum err put_u8(struct encoder *e, unsigned char v)
{
	return buf_add_byte(e->b, v);
}

static enum err put_u32(struct encoder *e, uint32_t v)
{
	v = htole32(v);
	return buf_add(e->b, str_make(&v, sizeof(v)));
}

static enum err put_u64(struct encoder *e, uint64_t v)
{
	v = htole64(v);
	return buf_add(e->b, str_make(&v, sizeof(v)));
}

static enum err put_text(struct encoder *e, const struct wire_field *f, struct str s)
{
	if (s.n > f->max)
		return err_set(e->info, ERR_INVALID, "%s: %zu octets, at most %" PRIu32, f->name,
		               s.n, f->max);
	enum err err = put_u32(e, (uint32_t)s.n);
	return err ? err : buf_add(e->b, s);
}

static enum err put_body(struct encoder *e, const struct wire_field *f, const void *object)
{
	int fd;
	uint64_t size;
	memcpy(&fd, at(object, f->count_offset), sizeof(fd));
	memcpy(&size, at(object, f->size_offset), sizeof(size));
	struct str octets = text_of(f, object);
	/* An unset body_fd is 0 in a zeroed request: no body can be on the standard input. */
	if (fd > 0) {
		e->fd = fd;
		enum err err = put_u8(e, 1);
		return err ? err : put_u64(e, size);
	}
	if (octets.n > WIRE_INLINE_MAX)
		return err_set(e->info, ERR_INVALID, "a body of %zu octets must come as a file",
		               octets.n);
	enum err err = put_u8(e, 0);
	return err ? err : put_text(e, f, octets);
}

static enum err put_struct(struct encoder *e, const struct wire_struct *s, const void *object);

static enum err put_list(struct encoder *e, const struct wire_field *f, const void *object)
{
	size_t n = count_of(f, object);
	const char *p = list_of(f, object);
	if (n > f->max)
		return err_set(e->info, ERR_INVALID, "%s: %zu elements, at most %" PRIu32, f->name,
		               n, f->max);
	enum err err = put_u32(e, (uint32_t)n);
	for (size_t i = 0; i < n && !err; i++)
		err = put_struct(e, f->sub, p + i * f->sub->size);
	return err;
}

static enum err put_field(struct encoder *e, const struct wire_field *f, const void *object)
{
	const void *p = at(object, f->offset);
	uint32_t u32;
	uint64_t u64;
	switch (f->type) {
	case WIRE_BOOL:
		return put_u8(e, *(const bool *)p);
	case WIRE_U32:
		memcpy(&u32, p, sizeof(u32));
		return put_u32(e, u32);
	case WIRE_U64:
	case WIRE_I64:
		memcpy(&u64, p, sizeof(u64));
		return put_u64(e, u64);
	case WIRE_TEXT:
		return put_text(e, f, text_of(f, object));
	case WIRE_STRUCT:
		return put_struct(e, f->sub, p);
	case WIRE_LIST:
		return put_list(e, f, object);
	case WIRE_BODY:
		return put_body(e, f, object);
	default:
		must(false && "a type of field");
	}
}

/* The number that a field of at most 64 bits holds; of a text or list, its length. */
static uint64_t number_of(const struct wire_field *f, const void *object)
{
	const void *p = at(object, f->offset);
	uint32_t u32;
	uint64_t u64;
	switch (f->type) {
	case WIRE_BOOL:
		return *(const bool *)p;
	case WIRE_U32:
		memcpy(&u32, p, sizeof(u32));
		return u32;
	case WIRE_U64:
	case WIRE_I64:
		memcpy(&u64, p, sizeof(u64));
		return u64;
	case WIRE_TEXT:
		return text_of(f, object).n;
	case WIRE_LIST:
		return count_of(f, object);
	case WIRE_STRUCT:
	case WIRE_BODY:
	default:
		must(false && "a field of a sparse struct");
	}
}

/* What stands behind the length of a text or list. */
static enum err put_content(struct encoder *e, const struct wire_field *f, const void *object,
                            uint64_t n)
{
	enum err err = ERR_OK;
	if (n > f->max)
		return err_set(e->info, ERR_INVALID, "%s: %" PRIu64 " long, at most %" PRIu32,
		               f->name, n, f->max);
	if (f->type == WIRE_TEXT)
		return buf_add(e->b, text_of(f, object));
	const char *p = list_of(f, object);
	for (size_t i = 0; i < n && !err; i++)
		err = put_struct(e, f->sub, p + i * f->sub->size);
	return err;
}

static enum err put_sparse(struct encoder *e, const struct wire_struct *s, const void *object)
{
	unsigned char head[SPARSE_ROOM], *p = head + sizeof(uint32_t);
	size_t mask_at = e->b->n;
	memset(head, 0, sizeof(uint32_t));
	uint32_t mask = 0;
	for (size_t i = 0; i < s->n_fields; i++) {
		const struct wire_field *f = &s->fields[i];
		uint64_t v = number_of(f, object);
		if (!v)
			continue;
		mask |= UINT32_C(1) << i;
		if (f->type != WIRE_BOOL)
			p = varint_put(p, v);
		if (f->type != WIRE_TEXT && f->type != WIRE_LIST)
			continue;
		enum err err = buf_add(e->b, str_make(head, (size_t)(p - head)));
		if (!err)
			err = put_content(e, f, object, v);
		if (err)
			return err;
		p = head;
	}
	enum err err = buf_add(e->b, str_make(head, (size_t)(p - head)));
	mask = htole32(mask);
	if (!err)
		memcpy(e->b->p + mask_at, &mask, sizeof(mask));
	return err;
}

static enum err put_struct(struct encoder *e, const struct wire_struct *s, const void *object)
{
	if (s->is_sparse)
		return put_sparse(e, s, object);
	for (size_t i = 0; i < s->n_fields; i++) {
		enum err err = put_field(e, &s->fields[i], object);
		if (err)
			return err;
	}
	return ERR_OK;
}

enum err wire_encode(struct buf *b, const struct wire_struct *s, const void *object, int *fd_r,
                     struct errinfo *info)
{
	struct encoder e = { b, -1, info };
	enum err err = put_struct(&e, s, object);
	if (err == ERR_LIMIT)
		return err_set(info, ERR_LIMIT, "%s: larger than %zu octets", s->name, b->max);
	if (!err && fd_r)
		*fd_r = e.fd;
	return err;
}

/* ---------------------------------------------------------------- decoding */

struct decoder {
	struct arena *a;
	struct str rest;
	int fd;
	bool is_fd_used;
	int depth;
	struct errinfo *info;
};

static enum err truncated(struct decoder *d, const char *name)
{
	return err_set(d->info, ERR_PROTO, "%s: the frame ends too early", name);
}

static bool get_raw(struct decoder *d, void *p, size_t n)
{
	if (d->rest.n < n)
		return false;
	memcpy(p, d->rest.p, n);
	d->rest = str_from(d->rest, n);
	return true;
}

static bool get_u32(struct decoder *d, uint32_t *v_r)
{
	uint32_t v;
	if (!get_raw(d, &v, sizeof(v)))
		return false;
	*v_r = le32toh(v);
	return true;
}

static bool get_u64(struct decoder *d, uint64_t *v_r)
{
	uint64_t v;
	if (!get_raw(d, &v, sizeof(v)))
		return false;
	*v_r = le64toh(v);
	return true;
}

static enum err get_bool(struct decoder *d, const char *name, bool *v_r)
{
	unsigned char c;
	if (!get_raw(d, &c, 1))
		return truncated(d, name);
	if (c > 1)
		return err_set(d->info, ERR_PROTO, "%s: neither 0 nor 1", name);
	*v_r = c;
	return ERR_OK;
}

static enum err get_text(struct decoder *d, const struct wire_field *f, struct str *s_r)
{
	uint32_t n = 0;
	if (!get_u32(d, &n))
		return truncated(d, f->name);
	if (n > f->max)
		return err_set(d->info, ERR_INVALID, "%s: %" PRIu32 " octets, at most %" PRIu32,
		               f->name, n, f->max);
	if (n > d->rest.n)
		return truncated(d, f->name);
	*s_r = n ? str_first(d->rest, n) : (struct str){ 0 };
	d->rest = str_from(d->rest, n);
	return ERR_OK;
}

static enum err get_body(struct decoder *d, const struct wire_field *f, void *object)
{
	bool is_file = false;
	int fd = -1;
	uint64_t size = 0;
	enum err err = get_bool(d, f->name, &is_file);
	if (err)
		return err;
	if (is_file) {
		if (d->fd < 0 || d->is_fd_used)
			return err_set(d->info, ERR_PROTO, "%s: no file came along", f->name);
		if (!get_u64(d, &size))
			return truncated(d, f->name);
		d->is_fd_used = true;
		fd = d->fd;
	} else {
		struct str s = { 0 };
		err = get_text(d, f, &s);
		if (err)
			return err;
		memcpy(at_var(object, f->offset), &s, sizeof(s));
		size = s.n;
	}
	memcpy(at_var(object, f->count_offset), &fd, sizeof(fd));
	memcpy(at_var(object, f->size_offset), &size, sizeof(size));
	return ERR_OK;
}

static enum err get_struct(struct decoder *d, const struct wire_struct *s, void *object);

/* The fewest octets that one `s` can take. */
static size_t least_octets(const struct wire_struct *s)
{
	size_t n = 0;
	if (s->is_sparse)
		return sizeof(uint32_t);
	for (size_t i = 0; i < s->n_fields; i++) {
		switch (s->fields[i].type) {
		case WIRE_BOOL:
			n += 1;
			break;
		case WIRE_U32:
		case WIRE_TEXT:
		case WIRE_LIST:
			n += 4;
			break;
		case WIRE_U64:
		case WIRE_I64:
			n += 8;
			break;
		case WIRE_BODY:
			n += 5;
			break;
		case WIRE_STRUCT:
			n += least_octets(s->fields[i].sub);
			break;
		default:
			must(false && "a type of field");
		}
	}
	return n;
}

static enum err get_elements(struct decoder *d, const struct wire_field *f, uint64_t n,
                             void *object)
{
	if (n > f->max)
		return err_set(d->info, ERR_INVALID, "%s: %" PRIu64 " elements, at most %" PRIu32,
		               f->name, n, f->max);
	/* Memory is taken only for elements that can be there. */
	if (n > d->rest.n / least_octets(f->sub))
		return truncated(d, f->name);
	char *p = n ? arena_array(d->a, n, f->sub->size) : NULL;
	for (size_t i = 0; i < n; i++) {
		enum err err = get_struct(d, f->sub, p + i * f->sub->size);
		if (err)
			return err;
	}
	size_t count = n;
	memcpy(at_var(object, f->offset), &p, sizeof(p));
	memcpy(at_var(object, f->count_offset), &count, sizeof(count));
	return ERR_OK;
}

static enum err get_list(struct decoder *d, const struct wire_field *f, void *object)
{
	uint32_t n = 0;
	if (!get_u32(d, &n))
		return truncated(d, f->name);
	return get_elements(d, f, n, object);
}

static enum err get_field(struct decoder *d, const struct wire_field *f, void *object)
{
	void *p = at_var(object, f->offset);
	uint32_t u32 = 0;
	uint64_t u64 = 0;
	struct str s = { 0 };
	enum err err = ERR_OK;
	switch (f->type) {
	case WIRE_BOOL:
		return get_bool(d, f->name, p);
	case WIRE_U32:
		if (!get_u32(d, &u32))
			return truncated(d, f->name);
		memcpy(p, &u32, sizeof(u32));
		return ERR_OK;
	case WIRE_U64:
	case WIRE_I64:
		if (!get_u64(d, &u64))
			return truncated(d, f->name);
		memcpy(p, &u64, sizeof(u64));
		return ERR_OK;
	case WIRE_TEXT:
		err = get_text(d, f, &s);
		if (!err)
			memcpy(p, &s, sizeof(s));
		return err;
	case WIRE_STRUCT:
		return get_struct(d, f->sub, p);
	case WIRE_LIST:
		return get_list(d, f, object);
	case WIRE_BODY:
		return get_body(d, f, object);
	default:
		must(false && "a type of field");
	}
}

/* A number that is there is not zero. */
static bool get_varint(struct decoder *d, uint64_t *v_r)
{
	return varint_take(&d->rest, v_r) && *v_r != 0;
}

static enum err get_present(struct decoder *d, const struct wire_field *f, void *object)
{
	void *p = at_var(object, f->offset);
	uint64_t v = 1;
	if (f->type != WIRE_BOOL && !get_varint(d, &v))
		return truncated(d, f->name);
	switch (f->type) {
	case WIRE_BOOL:
		memcpy(p, &(bool){ true }, sizeof(bool));
		return ERR_OK;
	case WIRE_U32:
		if (v > UINT32_MAX)
			return err_set(d->info, ERR_PROTO, "%s: more than 32 bits", f->name);
		memcpy(p, &(uint32_t){ (uint32_t)v }, sizeof(uint32_t));
		return ERR_OK;
	case WIRE_U64:
	case WIRE_I64:
		memcpy(p, &v, sizeof(v));
		return ERR_OK;
	case WIRE_TEXT:
		if (v > f->max)
			return err_set(d->info, ERR_INVALID,
			               "%s: %" PRIu64 " octets, at most %" PRIu32, f->name, v,
			               f->max);
		if (v > d->rest.n)
			return truncated(d, f->name);
		memcpy(p, &(struct str){ d->rest.p, v }, sizeof(struct str));
		d->rest = str_from(d->rest, v);
		return ERR_OK;
	case WIRE_LIST:
		return get_elements(d, f, v, object);
	case WIRE_STRUCT:
	case WIRE_BODY:
	default:
		must(false && "a field of a sparse struct");
	}
}

static enum err get_sparse(struct decoder *d, const struct wire_struct *s, void *object)
{
	uint32_t mask = 0;
	if (!get_u32(d, &mask))
		return truncated(d, s->name);
	if (s->n_fields < SPARSE_FIELDS_MAX && mask >> s->n_fields)
		return err_set(d->info, ERR_PROTO, "%s: fields that do not exist", s->name);
	for (; mask; mask &= mask - 1) {
		enum err err = get_present(d, &s->fields[__builtin_ctz(mask)], object);
		if (err)
			return err;
	}
	return ERR_OK;
}

static enum err get_struct(struct decoder *d, const struct wire_struct *s, void *object)
{
	/* The depth is that of the table, not of the input. */
	must(d->depth < DEPTH_MAX);
	d->depth++;
	enum err err = s->is_sparse ? get_sparse(d, s, object) : ERR_OK;
	for (size_t i = 0; i < s->n_fields && !s->is_sparse && !err; i++)
		err = get_field(d, &s->fields[i], object);
	d->depth--;
	return err;
}

enum err wire_decode(struct arena *a, const struct wire_struct *s, struct str octets, int fd,
                     void *object, struct errinfo *info)
{
	struct decoder d = { .a = a, .rest = octets, .fd = fd, .info = info };
	memset(object, 0, s->size);
	enum err err = get_struct(&d, s, object);
	if (err)
		return err;
	if (d.rest.n)
		return err_set(info, ERR_PROTO, "%s: %zu octets too many", s->name, d.rest.n);
	if (fd >= 0 && !d.is_fd_used)
		return err_set(info, ERR_PROTO, "%s: a file came along unasked", s->name);
	return ERR_OK;
}

/* ---------------------------------------------------------------- tracing */

static enum err trace_struct(struct buf *b, const struct wire_struct *s, const void *object);

static enum err trace_text(struct buf *b, const struct wire_field *f, struct str s)
{
	if (f->is_private)
		return buf_printf(b, "[%zu]", s.n);
	return buf_printf(b, "\"%.*s\"%s", STR_ARG(str_first(s, TRACE_TEXT_MAX)),
	                  s.n > TRACE_TEXT_MAX ? "..." : "");
}

static enum err trace_list(struct buf *b, const struct wire_field *f, const void *object)
{
	size_t n = count_of(f, object);
	const char *p = list_of(f, object);
	enum err err = buf_printf(b, "%zu:[", n);
	for (size_t i = 0; i < n && i < TRACE_LIST_MAX && !err; i++) {
		err = buf_add_c(b, i ? " {" : "{");
		if (!err)
			err = trace_struct(b, f->sub, p + i * f->sub->size);
		if (!err)
			err = buf_add_c(b, "}");
	}
	return err ? err : buf_add_c(b, n > TRACE_LIST_MAX ? " ...]" : "]");
}

static enum err trace_field(struct buf *b, const struct wire_field *f, const void *object)
{
	const void *p = at(object, f->offset);
	uint32_t u32 = 0;
	uint64_t u64 = 0;
	enum err err = buf_printf(b, "%s=", f->name);
	if (err)
		return err;
	switch (f->type) {
	case WIRE_BOOL:
		return buf_add_c(b, *(const bool *)p ? "yes" : "no");
	case WIRE_U32:
		memcpy(&u32, p, sizeof(u32));
		return buf_add_u64(b, u32);
	case WIRE_U64:
		memcpy(&u64, p, sizeof(u64));
		return buf_add_u64(b, u64);
	case WIRE_I64:
		memcpy(&u64, p, sizeof(u64));
		return buf_printf(b, "%" PRId64, (int64_t)u64);
	case WIRE_TEXT:
		return trace_text(b, f, text_of(f, object));
	case WIRE_STRUCT:
		err = buf_add_c(b, "{");
		if (!err)
			err = trace_struct(b, f->sub, p);
		return err ? err : buf_add_c(b, "}");
	case WIRE_LIST:
		return trace_list(b, f, object);
	case WIRE_BODY:
		memcpy(&u64, at(object, f->size_offset), sizeof(u64));
		return buf_printf(b, "[%" PRIu64 "]", u64);
	default:
		must(false && "a type of field");
	}
}

static enum err trace_struct(struct buf *b, const struct wire_struct *s, const void *object)
{
	for (size_t i = 0; i < s->n_fields; i++) {
		enum err err = i ? buf_add_byte(b, ' ') : ERR_OK;
		if (!err)
			err = trace_field(b, &s->fields[i], object);
		if (err)
			return err;
	}
	return ERR_OK;
}

void wire_trace(struct buf *b, const struct wire_struct *s, const void *object)
{
	if (trace_struct(b, s, object) && buf_add_c(b, "..."))
		return; /* full: what is there will do */
}

/* ---------------------------------------------------------------- message bodies */

enum err wire_body_seal(struct str octets, int *fd_r, struct errinfo *info)
{
	int fd = memfd_create("tayori-body", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return err_set_errno(info, ERR_TEMP, "memory file");
	while (octets.n) {
		ssize_t n = write(fd, octets.p, octets.n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			enum err err = err_set_errno(info, ERR_TEMP, "memory file");
			close(fd);
			return err;
		}
		octets = str_from(octets, (size_t)n);
	}
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0) {
		enum err err = err_set_errno(info, ERR_TEMP, "seal a memory file");
		close(fd);
		return err;
	}
	*fd_r = fd;
	return ERR_OK;
}

struct mapping {
	void *p;
	size_t n;
};

static void unmap(void *object)
{
	struct mapping *m = object;
	munmap(m->p, m->n);
}

enum err wire_body_map(struct arena *a, int fd, uint64_t size, struct str *body_r,
                       struct errinfo *info)
{
	int seals = fcntl(fd, F_GET_SEALS);
	if (seals < 0 || (~seals & (F_SEAL_SHRINK | F_SEAL_WRITE)))
		return err_set(info, ERR_INVALID, "the body's file is not sealed");
	struct stat st;
	if (fstat(fd, &st) < 0)
		return err_set_errno(info, ERR_TEMP, "the body's file");
	if ((uint64_t)st.st_size < size || size > SIZE_MAX / 2)
		return err_set(info, ERR_INVALID, "the body's file is shorter than it says");
	if (!size) {
		*body_r = (struct str){ 0 };
		return ERR_OK;
	}
	void *p = mmap(NULL, (size_t)size, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
	if (p == MAP_FAILED)
		return err_set_errno(info, ERR_TEMP, "map the body's file");
	struct mapping *m = ARENA_NEW(a, struct mapping);
	*m = (struct mapping){ p, (size_t)size };
	arena_defer(a, unmap, m);
	*body_r = str_make(p, (size_t)size);
	return ERR_OK;
}

/* ---------------------------------------------------------------- frames */

void wire_header_put(unsigned char *p, const struct wire_header *h)
{
	uint32_t words[WIRE_HEADER_BYTES / 4] = {
		htole32(MAGIC),
		htole32(h->length),
		htole32((uint32_t)h->verb | (uint32_t)h->err << 16),
		htole32(h->seq),
		htole32(h->timeout_ms),
		htole32(h->has_fd ? FLAG_FD : 0),
	};
	memcpy(p, words, sizeof(words));
}

enum err wire_header_get(const unsigned char *p, uint32_t max, struct wire_header *h_r)
{
	uint32_t words[WIRE_HEADER_BYTES / 4];
	memcpy(words, p, sizeof(words));
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		words[i] = le32toh(words[i]);
	if (words[0] != MAGIC || words[1] > max || words[5] & ~FLAG_FD)
		return ERR_PROTO;
	*h_r = (struct wire_header){
		.length = words[1],
		.verb = (uint16_t)words[2],
		.err = (uint16_t)(words[2] >> 16),
		.seq = words[3],
		.timeout_ms = words[4],
		.has_fd = words[5] & FLAG_FD,
	};
	return ERR_OK;
}
