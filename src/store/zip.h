/*
 * Packing of message octets with zstd, and their hashes, with contexts that each thread keeps.
 */
#ifndef TAYORI_STORE_ZIP_H
#define TAYORI_STORE_ZIP_H

#include "src/base/err.h"
#include "src/base/str.h"

struct arena;

/*
 * One frame of `octets` at a level (0: none), in `a`. *enc_r is 1; or 0 and *packed_r is `octets`
 * itself, where packing would save less than a third: attachments in base64 shrink by a quarter,
 * and unpacking that at each reading costs more than all the rest of reading.
 */
void zip_pack(struct arena *a, uint32_t level, struct str octets, uint32_t *enc_r,
              struct str *packed_r);

/* Write the `size` octets that were packed to `to`. Fails with: ERR_CORRUPT. */
enum err zip_unpack(uint32_t enc, struct str packed, unsigned char *to, size_t size) MUST_USE;

/* SHA-256 in pieces; one at a time and thread. */
void zip_hash_begin(void);
void zip_hash_add(struct str octets);
void zip_hash_end(unsigned char hash_r[32]);

#endif
