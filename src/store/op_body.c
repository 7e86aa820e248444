/*
 * The octets of messages: written in slices, read back in parts, checked, removed.
 *
 * A message of up to OP_BODY_SINGLE_BYTES is one row. A larger one has its header alone in `body`,
 * because most clients ask for headers only, and the rest in slices of OP_SLICE_BYTES, each a frame
 * of its own, so that any part can be read in bounded memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/arena.h"
#include "src/base/must.h"
#include "src/store/op_mail_priv.h"
#include "src/store/zip.h"

/* ---------------------------------------------------------------- the bytes of a request */

struct mapping {
	void *p;
	size_t n;
};

static void unmap(void *object)
{
	struct mapping *mapping = object;

	munmap(mapping->p, mapping->n);
}

/* A file that its owner may still change is copied; it could be cut short under a mapping. */
static enum err copy_file(struct arena *a, int fd, size_t size, struct str *bytes_r,
                          struct errinfo *info)
{
	unsigned char *p = arena_alloc(a, size ? size : 1);
	size_t n = 0;

	while (n < size) {
		ssize_t got = pread(fd, p + n, size - n, (off_t)n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_set_errno(info, ERR_IO, "reading a message from its file");
		if (got == 0)
			return err_set(info, ERR_INVALID,
			               "a message file is shorter than %zu octets", size);
		n += (size_t)got;
	}
	*bytes_r = str_make(p, size);
	return ERR_OK;
}

static enum err map_file(struct arena *a, int fd, uint64_t size, struct str *bytes_r,
                         struct errinfo *info)
{
	const int sealed = F_SEAL_SHRINK | F_SEAL_WRITE;
	int seals = fcntl(fd, F_GET_SEALS);
	struct mapping *mapping;
	struct stat st;
	void *p;

	if (size == 0) {
		*bytes_r = STR("");
		return ERR_OK;
	}
	if (seals < 0 || (seals & sealed) != sealed)
		return copy_file(a, fd, size, bytes_r, info);
	if (fstat(fd, &st) < 0)
		return err_set_errno(info, ERR_IO, "a message's file");
	if (st.st_size < 0 || (uint64_t)st.st_size < size)
		return err_set(info, ERR_INVALID, "a message file is shorter than %llu octets",
		               (unsigned long long)size);
	p = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return err_set_errno(info, ERR_IO, "mapping a message of %llu octets",
		                     (unsigned long long)size);
	mapping = ARENA_NEW(a, struct mapping);
	*mapping = (struct mapping){ p, size };
	arena_defer(a, unmap, mapping);
	*bytes_r = str_make(p, size);
	return ERR_OK;
}

static enum err check_size(uint64_t size, uint64_t max, struct errinfo *info)
{
	if (max && size > max)
		return err_set(info, ERR_LIMIT, "a message of %llu octets; the limit is %llu",
		               (unsigned long long)size, (unsigned long long)max);
	return ERR_OK;
}

enum err op_body_open(struct op *op, struct str body, int body_fd, uint64_t body_size,
                      struct str *bytes_r)
{
	uint64_t max = op->options ? op->options->message_max_bytes : 0;

	OP_TRY(check_size(body_fd >= 0 ? body_size : body.n, max, op->info));
	if (body_fd >= 0)
		return map_file(op->scratch, body_fd, body_size, bytes_r, op->info);
	*bytes_r = body;
	return ERR_OK;
}

/* ---------------------------------------------------------------- slices */

/* How a message is cut. */
static uint64_t slice0_of(uint64_t size, uint32_t hdr_size)
{
	if (size <= OP_BODY_SINGLE_BYTES)
		return size;
	return hdr_size < OP_SLICE_BYTES ? hdr_size : OP_SLICE_BYTES;
}

static size_t n_slices_of(uint64_t size, uint64_t slice0)
{
	return (size_t)((size - slice0 + OP_SLICE_BYTES - 1) / OP_SLICE_BYTES);
}

/* Slice 0, or 1 ... n_slices. */
static struct str slice_of(struct str bytes, uint64_t slice0, size_t i)
{
	if (i == 0)
		return str_first(bytes, slice0);
	return str_first(str_from(bytes, slice0 + (i - 1) * (uint64_t)OP_SLICE_BYTES),
	                 OP_SLICE_BYTES);
}

/* SHA-256 of the header, then of what follows. */
static void hash_of(struct str bytes, uint32_t hdr_size, unsigned char hash_r[64])
{
	zip_hash_begin();
	zip_hash_add(str_first(bytes, hdr_size));
	zip_hash_end(hash_r);
	zip_hash_begin();
	zip_hash_add(str_from(bytes, hdr_size));
	zip_hash_end(hash_r + 32);
}

void op_body_content_hash(struct op *op, struct str bytes, uint32_t hdr_size,
                          unsigned char hash_r[32])
{
	if (op->prepared && op->prepared->size == bytes.n && op->prepared->hdr_size == hdr_size) {
		memcpy(hash_r, op->prepared->hash + 32, 32);
		return;
	}
	zip_hash_begin();
	zip_hash_add(str_from(bytes, hdr_size));
	zip_hash_end(hash_r);
}

enum err op_body_prepare(struct arena *a, const struct store_options *o, struct str body,
                         uint32_t hdr_size, const struct op_body *next,
                         const struct op_body **prepared_r, struct errinfo *info)
{
	struct op_body *made;
	uint64_t slice0;
	size_t n;

	*prepared_r = NULL;
	if (body.n > OP_BODY_PREPARE_BYTES || hdr_size > body.n)
		return ERR_OK;
	OP_TRY(check_size(body.n, o->message_max_bytes, info));
	slice0 = slice0_of(body.n, hdr_size);
	n = n_slices_of(body.n, slice0);
	made = arena_alloc(a, sizeof(*made) + (n + 1) * sizeof(made->slices[0]));
	made->size = body.n;
	made->hdr_size = hdr_size;
	made->slice0 = slice0;
	made->n_slices = n;
	made->next = next;
	hash_of(body, hdr_size, made->hash);
	for (size_t i = 0; i <= n; i++)
		zip_pack(a, o->zstd_level, slice_of(body, slice0, i), &made->slices[i].enc,
		         &made->slices[i].data);
	*prepared_r = made;
	return ERR_OK;
}

/* ---------------------------------------------------------------- writing */

uint64_t op_body_msgid_hash(struct str message_id)
{
	unsigned char hash[32];
	uint64_t value = 0;

	zip_hash_begin();
	zip_hash_add(message_id);
	zip_hash_end(hash);
	for (size_t i = 0; i < 8; i++)
		value = value << 8 | hash[i];
	return value >> 1;
}

static enum err put_msg(struct op *op, uint64_t msg_id, const struct op_body *body,
                        struct str header, const struct store_meta *meta)
{
	uint64_t thread_id;
	struct db_stmt *s;

	OP_TRY(op_thread_find(op, header, meta->message_id, &thread_id));
	s = db_prepare(op->db,
	               "INSERT INTO msg (id, size, hdr_size, lines, slice0, n_slices, received, "
	               "msgid_hash, hash, "
	               "envelope, bodystructure, preview, parts, body, thread_id) "
	               "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)");

	op_bind_u64(s, 1, msg_id);
	op_bind_u64(s, 2, body->size);
	op_bind_u64(s, 3, body->hdr_size);
	op_bind_u64(s, 4, meta->lines);
	op_bind_u64(s, 5, body->slice0);
	op_bind_u64(s, 6, body->n_slices);
	db_bind_i64(s, 7, op->now_ms);
	if (meta->message_id.n)
		op_bind_u64(s, 8, op_body_msgid_hash(meta->message_id));
	else
		db_bind_null(s, 8);
	op_bind_blob(s, 9, str_make(body->hash, sizeof(body->hash)));
	op_bind_blob(s, 10, meta->envelope);
	op_bind_blob(s, 11, meta->bodystructure);
	op_bind_blob(s, 12, meta->preview);
	op_bind_blob(s, 13, meta->parts);
	op_bind_blob(s, 14, meta->body);
	if (thread_id)
		op_bind_u64(s, 15, thread_id);
	else
		db_bind_null(s, 15);
	return op_run(op, s);
}

static enum err put_slice(struct op *op, uint64_t msg_id, size_t i, const struct op_slice *slice)
{
	struct db_stmt *s;

	if (i == 0) {
		s = db_prepare(op->db, "INSERT INTO body (id, enc, data) VALUES (?1, ?2, ?3)");
		op_bind_u64(s, 1, msg_id);
		op_bind_u64(s, 2, slice->enc);
		op_bind_blob(s, 3, slice->data);
		return op_run(op, s);
	}
	s = db_prepare(op->db,
	               "INSERT INTO body_slice (msg_id, seq, enc, data) VALUES (?1, ?2, ?3, ?4)");
	op_bind_u64(s, 1, msg_id);
	op_bind_u64(s, 2, i);
	op_bind_u64(s, 3, slice->enc);
	op_bind_blob(s, 4, slice->data);
	return op_run(op, s);
}

/* Slice by slice, so that no more than one of them is held packed. */
static enum err put_unprepared(struct op *op, uint64_t msg_id, struct str bytes,
                               const struct store_meta *meta)
{
	struct arena *a = arena_new(op->scratch);
	struct op_body body = { .size = bytes.n, .hdr_size = meta->hdr_size };
	uint32_t level = op->options ? op->options->zstd_level : 0;

	body.slice0 = slice0_of(bytes.n, meta->hdr_size);
	body.n_slices = n_slices_of(bytes.n, body.slice0);
	hash_of(bytes, meta->hdr_size, body.hash);
	for (size_t i = 0; i <= body.n_slices; i++) {
		struct op_slice slice;

		zip_pack(a, level, slice_of(bytes, body.slice0, i), &slice.enc, &slice.data);
		OP_TRY(put_slice(op, msg_id, i, &slice));
		arena_reset(a);
	}
	arena_free(&a);
	return put_msg(op, msg_id, &body, str_first(bytes, meta->hdr_size), meta);
}

enum err op_body_put(struct op *op, uint64_t msg_id, struct str bytes,
                     const struct store_meta *meta)
{
	const struct op_body *body = op->prepared;

	if (!msg_id || meta->hdr_size > bytes.n)
		return err_set(op->info, ERR_INVALID, "a header of %u octets in a message of %zu",
		               meta->hdr_size, bytes.n);
	if (!body || body->size != bytes.n || body->hdr_size != meta->hdr_size)
		return put_unprepared(op, msg_id, bytes, meta);
	for (size_t i = 0; i <= body->n_slices; i++)
		OP_TRY(put_slice(op, msg_id, i, &body->slices[i]));
	return put_msg(op, msg_id, body, str_first(bytes, meta->hdr_size), meta);
}

/* ---------------------------------------------------------------- reading */

static struct db_stmt *select_slice(struct op *op, uint64_t msg_id, size_t i)
{
	struct db_stmt *s;

	if (i == 0) {
		s = db_prepare(op->db, "SELECT enc, data FROM body WHERE id = ?1");
		op_bind_u64(s, 1, msg_id);
		return s;
	}
	s = db_prepare(op->db, "SELECT enc, data FROM body_slice WHERE msg_id = ?1 AND seq = ?2");
	op_bind_u64(s, 1, msg_id);
	op_bind_u64(s, 2, i);
	return s;
}

static enum err read_slice(struct op *op, uint64_t msg_id, size_t i, unsigned char *to, size_t size)
{
	struct db_stmt *s = select_slice(op, msg_id, i);
	enum err err = op_row(op, s);

	if (err == ERR_NOTFOUND)
		return err_set(op->info, ERR_CORRUPT, "slice %zu of message %llu is missing", i,
		               (unsigned long long)msg_id);
	if (err)
		return err;
	err = zip_unpack((uint32_t)db_col_u64(s, 0), db_col_str(s, 1), to, size);
	db_done(s);
	if (err)
		return err_set(op->info, err, "slice %zu of message %llu is damaged", i,
		               (unsigned long long)msg_id);
	return ERR_OK;
}

/* Octets before slice `i`. */
static uint64_t start_of(uint64_t slice0, size_t i)
{
	return i == 0 ? 0 : slice0 + (i - 1) * (uint64_t)OP_SLICE_BYTES;
}

static size_t slice_at(uint64_t slice0, uint64_t offset)
{
	return offset < slice0 ? 0 : 1 + (size_t)((offset - slice0) / OP_SLICE_BYTES);
}

/* Octets [from, to) of slice `i`, which has `size`. */
static enum err read_part(struct op *op, uint64_t msg_id, size_t i, size_t size, size_t from,
                          size_t to, unsigned char *octets)
{
	struct arena *a;
	unsigned char *slice;

	if (from == 0 && to == size)
		return read_slice(op, msg_id, i, octets, size);
	a = arena_new(op->scratch);
	slice = arena_room(a, size);
	OP_TRY(read_slice(op, msg_id, i, slice, size));
	memcpy(octets, slice + from, to - from);
	arena_free(&a);
	return ERR_OK;
}

enum err op_body_read_to(struct op *op, const struct op_body_place *place, uint64_t offset,
                         uint64_t size, unsigned char *octets)
{
	uint64_t end = offset + size;
	uint64_t at = offset;

	must(offset <= place->size && size <= place->size - offset);
	while (at < end) {
		size_t i = slice_at(place->slice0, at);
		uint64_t start = start_of(place->slice0, i);
		uint64_t next = start_of(place->slice0, i + 1);
		uint64_t stop = next < end ? next : end;

		if (next > place->size)
			next = place->size;
		OP_TRY(read_part(op, place->msg_id, i, next - start, at - start, stop - start,
		                 octets + (at - offset)));
		at = stop;
	}
	return ERR_OK;
}

enum err op_body_read(struct op *op, struct arena *a, const struct op_body_place *place,
                      uint64_t offset, uint64_t size, struct str *octets_r)
{
	uint64_t left = offset < place->size ? place->size - offset : 0;
	unsigned char *octets;

	if (size > left)
		size = left;
	*octets_r = STR("");
	if (!size)
		return ERR_OK;
	octets = arena_room(a, size);
	OP_TRY(op_body_read_to(op, place, offset, size, octets));
	*octets_r = str_make(octets, size);
	return ERR_OK;
}

struct stored {
	uint64_t size, hdr_size, slice0, n_slices;
	unsigned char hash[64];
};

static enum err load_stored(struct op *op, uint64_t msg_id, struct stored *stored_r)
{
	struct db_stmt *s = db_prepare(op->db, "SELECT size, hdr_size, slice0, n_slices, hash "
	                                       "FROM msg WHERE id = ?1");
	struct str hash;

	op_bind_u64(s, 1, msg_id);
	OP_TRY(op_row(op, s));
	*stored_r = (struct stored){
		.size = db_col_u64(s, 0),
		.hdr_size = db_col_u64(s, 1),
		.slice0 = db_col_u64(s, 2),
		.n_slices = db_col_u64(s, 3),
	};
	hash = db_col_str(s, 4);
	if (hash.n == sizeof(stored_r->hash))
		memcpy(stored_r->hash, hash.p, hash.n);
	db_done(s);
	if (stored_r->hdr_size > stored_r->size || stored_r->slice0 > stored_r->size ||
	    stored_r->slice0 > OP_SLICE_BYTES ||
	    stored_r->n_slices != n_slices_of(stored_r->size, stored_r->slice0))
		return err_set(op->info, ERR_CORRUPT,
		               "message %llu: its sizes contradict each other",
		               (unsigned long long)msg_id);
	return ERR_OK;
}

/* Hash [from, to) of a message, a slice at a time. */
static enum err hash_range(struct op *op, uint64_t msg_id, const struct stored *stored,
                           uint64_t from, uint64_t to, unsigned char hash_r[32])
{
	struct op_body_place place = { .msg_id = msg_id,
		                       .size = stored->size,
		                       .slice0 = stored->slice0 };
	struct arena *a = arena_new(op->scratch);

	zip_hash_begin();
	while (from < to) {
		size_t i = slice_at(place.slice0, from);
		uint64_t stop = start_of(place.slice0, i + 1);
		struct str octets;

		if (stop > to)
			stop = to;
		OP_TRY(op_body_read(op, a, &place, from, stop - from, &octets));
		zip_hash_add(octets);
		from = stop;
		arena_reset(a);
	}
	zip_hash_end(hash_r);
	arena_free(&a);
	return ERR_OK;
}

enum err op_body_verify(struct op *op, uint64_t msg_id, uint64_t *bytes_r)
{
	unsigned char hash[64];
	struct stored stored;

	OP_TRY(load_stored(op, msg_id, &stored));
	OP_TRY(hash_range(op, msg_id, &stored, 0, stored.hdr_size, hash));
	OP_TRY(hash_range(op, msg_id, &stored, stored.hdr_size, stored.size, hash + 32));
	*bytes_r = stored.size;
	if (memcmp(hash, stored.hash, sizeof(hash)) != 0)
		return err_set(op->info, ERR_CORRUPT,
		               "message %llu: its octets are not those that "
		               "were stored",
		               (unsigned long long)msg_id);
	return ERR_OK;
}

/* ---------------------------------------------------------------- removing */

enum err op_body_remove(struct op *op, uint64_t msg_id)
{
	struct db_stmt *s = db_prepare(
		op->db, "DELETE FROM msg WHERE id = ?1 "
			"AND NOT EXISTS (SELECT 1 FROM entry WHERE msg_id = ?1) "
			"AND NOT EXISTS (SELECT 1 FROM queue_msg WHERE msg_id = ?1) "
			"AND NOT EXISTS (SELECT 1 FROM gc_candidate WHERE msg_id = ?1)");
	uint64_t changed;

	op_bind_u64(s, 1, msg_id);
	OP_TRY(op_run_count(op, s, &changed));
	if (!changed)
		return ERR_NOTFOUND;
	s = db_prepare(op->db, "DELETE FROM body WHERE id = ?1");
	op_bind_u64(s, 1, msg_id);
	OP_TRY(op_run(op, s));
	s = db_prepare(op->db, "DELETE FROM body_slice WHERE msg_id = ?1");
	op_bind_u64(s, 1, msg_id);
	return op_run(op, s);
}
