#include <string.h>

#include "src/base/codec.h"
#include "src/base/unit.h"
#include "src/directory/saslprep.h"
#include "src/directory/scram.h"

#define CLIENT_FIRST "n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
#define SERVER_FIRST \
	"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
#define CLIENT_FINAL                                                   \
	"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0," \
	"p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="

static struct directory_scram_keys rfc_keys(struct arena *a)
{
	struct directory_scram_keys keys;
	struct str salt;

	assert_int_equal(codec_base64_decode(a, STR("W22ZaJ0SNY7soEsUEjb6gQ=="), &salt), ERR_OK);
	assert_int_equal(directory_scram_derive_with(STR("pencil"), salt, 4096, &keys), ERR_OK);
	return keys;
}

/* The example of RFC 7677 section 3. */
static void test_final_check_rfc7677(void **state)
{
	struct arena *a = *state;
	struct directory_scram_keys keys = rfc_keys(a);
	struct directory_scram_first first;
	struct str final;

	assert_int_equal(directory_scram_first_parse(a, STR(CLIENT_FIRST), &first), ERR_OK);
	assert_str(first.user, "user");
	assert_int_equal(first.binding, 'n');
	assert_int_equal(directory_scram_final_check(a, &first, STR(SERVER_FIRST),
	                                             STR(CLIENT_FINAL), STR(""), &keys, &final),
	                 ERR_OK);
	assert_str(final, "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
}

static enum err check(struct arena *a, const char *client_final,
                      const struct directory_scram_keys *keys)
{
	struct directory_scram_first first;
	struct str final;

	assert_int_equal(directory_scram_first_parse(a, STR(CLIENT_FIRST), &first), ERR_OK);
	return directory_scram_final_check(a, &first, STR(SERVER_FIRST), str_c(client_final),
	                                   STR(""), keys, &final);
}

static void test_final_check_refuses(void **state)
{
	struct arena *a = *state;
	struct directory_scram_keys keys = rfc_keys(a), other;
	struct str proof_at = str_c(CLIENT_FINAL);
	const char other_header[] = { 'e', 'S', 'w', 's' };
	char flipped[sizeof(CLIENT_FINAL)];

	assert_int_equal(check(a, "", &keys), ERR_PROTO);
	assert_int_equal(check(a, "c=biws,r=wrong,p=AAAA", &keys), ERR_PROTO);
	assert_int_equal(check(a, "c=biws,p=AAAA", &keys), ERR_PROTO);
	memcpy(flipped, CLIENT_FINAL, sizeof(flipped));
	flipped[proof_at.n - 5] = flipped[proof_at.n - 5] == 'A' ? 'B' : 'A';
	assert_int_equal(check(a, flipped, &keys), ERR_AUTH);
	directory_scram_fake(STR("secret"), STR("user"), &other);
	assert_int_equal(check(a, CLIENT_FINAL, &other), ERR_AUTH);
	/* "eSws" is "y,,": not what client-first said. The proof covers it, so it fails there
	 * already. */
	memcpy(flipped, CLIENT_FINAL, sizeof(flipped));
	memcpy(flipped + 2, other_header, sizeof(other_header));
	assert_int_equal(check(a, flipped, &keys), ERR_AUTH);
}

static void test_first_parse_forms(void **state)
{
	static const char *const bad[] = {
		"",
		"n",
		"n,,",
		"n,,n=,r=x",
		"n,,r=x,n=u",
		"x,,n=u,r=x",
		"p=,,n=u,r=x",
		"n,b=x,n=u,r=x",
		"n,,n=u",
		"n,,n=u=2,r=x",
		"n,,n=u=2X,r=x",
		"n,,n=u,r=",
		"n,,m=ext,n=u,r=x",
		"n,,n=\xff,r=x",
		"n,,n=u,r=a b",
	};
	struct arena *a = *state;
	struct directory_scram_first first;

	assert_int_equal(directory_scram_first_parse(
				 a, STR("p=tls-exporter,a=me,n=a=2Cb=3Dc,r=abc,x=y"), &first),
	                 ERR_OK);
	assert_int_equal(first.binding, 'p');
	assert_str(first.binding_type, "tls-exporter");
	assert_str(first.authzid, "me");
	assert_str(first.user, "a,b=c");
	assert_str(first.gs2_header, "p=tls-exporter,a=me,");
	assert_str(first.bare, "n=a=2Cb=3Dc,r=abc,x=y");
	assert_str(first.nonce, "abc");
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (directory_scram_first_parse(a, str_c(bad[i]), &first) != ERR_PROTO)
			fail_msg("\"%s\" is taken", bad[i]);
	assert_int_equal(directory_scram_first_parse(a, str_make("n,,n=u\0,r=x", 11), &first),
	                 ERR_PROTO);
}

/* Stored form and back, in both spellings. */
static void test_format_round_trip(void **state)
{
	struct arena *a = *state;
	struct directory_scram_keys keys, back;

	assert_int_equal(directory_scram_derive(STR("pass"), &keys), ERR_OK);
	assert_int_equal(keys.iterations, DIRECTORY_SCRAM_ITERATIONS);
	assert_int_equal(directory_scram_parse(directory_scram_format(a, &keys), &back), ERR_OK);
	assert_memory_equal(&keys, &back, sizeof(keys));
	assert_true(directory_scram_fits(STR("pass"), &back));
	assert_false(directory_scram_fits(STR("Pass"), &back));
	assert_int_equal(directory_scram_derive(STR(""), &keys), ERR_INVALID);
}

static void test_fake_is_stable(void **state)
{
	struct directory_scram_keys one, two, other;

	(void)state;
	directory_scram_fake(STR("secret"), STR("nobody@example.org"), &one);
	directory_scram_fake(STR("secret"), STR("nobody@example.org"), &two);
	directory_scram_fake(STR("secret"), STR("someone@example.org"), &other);
	assert_memory_equal(&one, &two, sizeof(one));
	assert_memory_not_equal(one.salt, other.salt, 16);
	assert_int_equal(one.iterations, DIRECTORY_SCRAM_ITERATIONS);
	assert_int_equal(one.salt_n, 16);
}

/* RFC 4013 section 3, and octets that are no UTF-8. */
static void test_saslprep_examples(void **state)
{
	static unsigned char room[DIRECTORY_SASLPREP_MAX_BYTES];

	(void)state;
	assert_str(directory_saslprep_apply(STR("user"), room), "user");
	assert_str(directory_saslprep_apply(STR("USER"), room), "USER");
	assert_str(directory_saslprep_apply(STR("I\xc2\xadX"), room), "IX");
	assert_str(directory_saslprep_apply(STR("\xc2\xaa"), room), "a");
	assert_str(directory_saslprep_apply(STR("\xe2\x85\xa8"), room), "IX");
	assert_str(directory_saslprep_apply(STR("a\xc2\xa0"
	                                        "b"),
	                                    room),
	           "a b");
	assert_str(directory_saslprep_apply(STR("\xd8\xa7\x31"), room), "\xd8\xa7\x31");
	assert_str(directory_saslprep_apply(STR("\xff\xfe"), room), "\xff\xfe");
	assert_str(directory_saslprep_apply(STR("\xc2\xad"), room), "\xc2\xad");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_final_check_rfc7677, unit_arena_new,
		                                unit_arena_free),
		cmocka_unit_test_setup_teardown(test_final_check_refuses, unit_arena_new,
		                                unit_arena_free),
		cmocka_unit_test_setup_teardown(test_first_parse_forms, unit_arena_new,
		                                unit_arena_free),
		cmocka_unit_test_setup_teardown(test_format_round_trip, unit_arena_new,
		                                unit_arena_free),
		cmocka_unit_test_setup_teardown(test_fake_is_stable, unit_arena_new,
		                                unit_arena_free),
		cmocka_unit_test_setup_teardown(test_saslprep_examples, unit_arena_new,
		                                unit_arena_free),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
