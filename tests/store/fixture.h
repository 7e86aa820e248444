/*
 * A fresh store with a domain and accounts, and short ways to the verbs. Tests only.
 */
#ifndef TAYORI_TESTS_STORE_FIXTURE_H
#define TAYORI_TESTS_STORE_FIXTURE_H

#include "src/base/arena.h"
#include "src/base/unit.h"
#include "src/store/store.h"
#include "src/store/testing.h"

struct fixture {
	struct store_testing testing;
	struct store_engine *engine;
	struct store *admin;   /* may name any account */
	struct store *session; /* needs grants */
	struct arena *a;
};

/* cmocka set-up and tear-down: a store with the domain example.org; the tear-down wants a clean
 * `store check`. */
int fixture_set_up(void **state);
int fixture_tear_down(void **state);

/* Close and open the engine again (after time or files were changed behind its back). */
void fixture_reopen(struct fixture *f);

#define assert_ok(call) fixture_assert_err(f, (call), ERR_OK, #call, __FILE__, __LINE__)
#define assert_err(call, want) fixture_assert_err(f, (call), (want), #call, __FILE__, __LINE__)
void fixture_assert_err(struct fixture *f, enum err got, enum err want, const char *call,
                        const char *file, int line);

/* Make an account in example.org; a grant that the administrator's handle may use. */
struct store_grant fixture_account(struct fixture *f, const char *local);

/* What the parser would have found in `body`, as far as tests look at it. */
struct store_meta fixture_meta(struct fixture *f, struct str body);

/* A message of about `size` octets; the same `seed` makes the same octets. */
struct str fixture_message(struct fixture *f, unsigned seed, size_t size);

/* Append to a mailbox; its UID. */
uint64_t fixture_append(struct fixture *f, struct store_grant grant, const char *mailbox,
                        struct str body, uint32_t flags);

struct store_select_res fixture_select(struct fixture *f, struct store_grant grant,
                                       const char *mailbox);

/* A set of one range. */
struct store_set fixture_set(struct fixture *f, bool is_uid, uint64_t first, uint64_t last);

/* Ranges as "1:3,5". */
struct str fixture_ranges(struct fixture *f, const struct store_range *v, size_t n);

/* A STORE; what is joined in its answer becomes an element each. */
struct store_store_flags_res fixture_store_flags(struct fixture *f,
                                                 const struct store_store_flags_req *q);

/* Accept for one local recipient; the result. */
struct store_accept_res fixture_deliver(struct fixture *f, struct store_grant grant,
                                        struct str body);

/* A request of accept with a fresh key and id. */
struct store_accept_req fixture_accept(struct fixture *f, struct str body,
                                       const struct store_rcpt *rcpts, size_t n);

/* Problems that `store check` finds, joined; empty when all is well. */
struct str fixture_check(struct fixture *f, bool wants_repair);

/* Run rounds of upkeep. */
struct store_upkeep_res fixture_upkeep(struct fixture *f, unsigned rounds);

/* Run SQL on the database behind the engine's back. */
void fixture_sql(struct fixture *f, const char *sql);

/* The same of what the database may refuse. */
enum err fixture_try_sql(struct fixture *f, const char *sql);

/* The number that a SELECT, of one row, tells. */
uint64_t fixture_number(struct fixture *f, const char *sql);

#endif
