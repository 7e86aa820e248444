#include "src/directory/saslprep.h"

#include <openssl/crypto.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/usprep.h>
#include <unicode/ustring.h>

#include "src/base/must.h"

enum {
	IN_MAX_UNITS = 1024,                             /* UTF-16 units of 1024 octets of UTF-8 */
	OUT_MAX_UNITS = DIRECTORY_SASLPREP_MAX_BYTES / 3 /* one unit becomes three octets at most */
};

/* The profile is immutable once loaded and is shared by all threads; without its data nothing is
 * prepared. */
static pthread_once_t profile_once = PTHREAD_ONCE_INIT;
static UStringPrepProfile *profile;

static void load_profile(void)
{
	UErrorCode status = U_ZERO_ERROR;
	UStringPrepProfile *loaded = usprep_openByType(USPREP_RFC4013_SASLPREP, &status);

	profile = U_SUCCESS(status) ? loaded : NULL;
}

/* Both conversions and the profile; 0 when any of them refuses. */
static int32_t prepare(struct str octets, UChar *in, UChar *out, unsigned char *room)
{
	UErrorCode status = U_ZERO_ERROR;
	int32_t n = 0;

	u_strFromUTF8(in, IN_MAX_UNITS, &n, (const char *)octets.p, (int32_t)octets.n, &status);
	if (U_FAILURE(status))
		return 0;
	n = usprep_prepare(profile, in, n, out, OUT_MAX_UNITS, USPREP_ALLOW_UNASSIGNED, NULL,
	                   &status);
	if (U_FAILURE(status))
		return 0;
	u_strToUTF8((char *)room, DIRECTORY_SASLPREP_MAX_BYTES, &n, out, n, &status);
	return U_FAILURE(status) ? 0 : n;
}

struct str directory_saslprep_apply(struct str octets, unsigned char *room)
{
	UChar *units;
	int32_t n;

	must(octets.n <= IN_MAX_UNITS);
	/* RFC 4013 maps nothing in ASCII, and what it prohibits there we keep as octets anyway. */
	if (str_is_ascii(octets) || !str_is_utf8(octets))
		return octets;
	pthread_once(&profile_once, load_profile);
	if (!profile)
		return octets;
	units = malloc((IN_MAX_UNITS + OUT_MAX_UNITS) * sizeof(*units));
	must(units && "out of memory");
	n = prepare(octets, units, units + IN_MAX_UNITS, room);
	OPENSSL_cleanse(units, (IN_MAX_UNITS + OUT_MAX_UNITS) * sizeof(*units));
	free(units);
	return n > 0 ? str_make(room, (size_t)n) : octets;
}
